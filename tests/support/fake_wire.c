/* SPDX-License-Identifier: MIT */
#include "tests/support/fake_wire.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct fake_tls {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    gnutls_certificate_credentials_t credentials;
};

static bool name_it(gnutls_x509_crt_t c, const char *name) {
    struct in_addr address;
    bool is_address = inet_pton(AF_INET, name, &address) == 1;
    const void *bytes = is_address ? (const void *)&address : (const void *)name;
    unsigned count = is_address ? sizeof address : (unsigned)strlen(name);
    return gnutls_x509_crt_set_subject_alt_name(
               c, is_address ? GNUTLS_SAN_IPADDRESS : GNUTLS_SAN_DNSNAME, bytes, count,
               GNUTLS_FSAN_SET) == 0 &&
           gnutls_x509_crt_set_dn_by_oid(c, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                         (unsigned)strlen(name)) == 0;
}

static bool sign(fake_tls *t, const char *name, int64_t from_s, int64_t to_s) {
    static const unsigned char serial = 7;
    gnutls_x509_crt_t c = t->certificate;
    return gnutls_x509_privkey_generate(t->key, GNUTLS_PK_ECDSA,
                                        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0) == 0 &&
           gnutls_x509_crt_set_version(c, 3) == 0 && name_it(c, name) &&
           gnutls_x509_crt_set_serial(c, &serial, 1) == 0 &&
           gnutls_x509_crt_set_basic_constraints(c, 1, -1) == 0 &&
           gnutls_x509_crt_set_activation_time(c, time(NULL) + from_s) == 0 &&
           gnutls_x509_crt_set_expiration_time(c, time(NULL) + to_s) == 0 &&
           gnutls_x509_crt_set_key(c, t->key) == 0 &&
           gnutls_x509_crt_sign2(c, c, t->key, GNUTLS_DIG_SHA256, 0) == 0 &&
           gnutls_certificate_set_x509_key(t->credentials, &t->certificate, 1, t->key) == 0;
}

static bool write_pem(fake_tls *t, const char *path) {
    gnutls_datum_t pem;
    if (gnutls_x509_crt_export2(t->certificate, GNUTLS_X509_FMT_PEM, &pem) != 0) return false;
    FILE *f = fopen(path, "w");
    bool good = f != NULL && fwrite(pem.data, 1, pem.size, f) == pem.size;
    if (f != NULL) good = fclose(f) == 0 && good;
    gnutls_free(pem.data);
    return good;
}

fake_tls *fake_tls_new(const char *name, int64_t from_s, int64_t to_s, const char *path) {
    fake_tls *t = calloc(1, sizeof(*t));
    if (t == NULL) return NULL;
    bool good = gnutls_x509_privkey_init(&t->key) == 0 &&
                gnutls_x509_crt_init(&t->certificate) == 0 &&
                gnutls_certificate_allocate_credentials(&t->credentials) == 0 &&
                sign(t, name, from_s, to_s) && write_pem(t, path);
    if (good) return t;
    fake_tls_free(t);
    return NULL;
}

void fake_tls_free(fake_tls *t) {
    if (t == NULL) return;
    if (t->credentials != NULL) gnutls_certificate_free_credentials(t->credentials);
    if (t->certificate != NULL) gnutls_x509_crt_deinit(t->certificate);
    if (t->key != NULL) gnutls_x509_privkey_deinit(t->key);
    free(t);
}

static bool shake_hands(fake_wire *w, fake_tls *t) {
    gnutls_session_t session = NULL;
    if (gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL) != 0) return false;
    w->session = session;
    if (gnutls_set_default_priority(session) != 0 ||
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, t->credentials) != 0)
        return false;
    gnutls_transport_set_int(session, w->fd);
    int result;
    do result = gnutls_handshake(session);
    while (result < 0 && gnutls_error_is_fatal(result) == 0);
    return result == 0;
}

bool fake_wire_open(fake_wire *w, int fd, fake_tls *t) {
    static const int on = 1;
    *w = (fake_wire){.fd = fd};
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (t == NULL || shake_hands(w, t)) return true;
    fake_wire_close(w, true);
    return false;
}

bool fake_wire_send(fake_wire *w, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = w->session != NULL ? gnutls_record_send(w->session, bytes, count)
                                          : send(w->fd, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        count -= (size_t)sent;
    }
    return true;
}

long fake_wire_read(fake_wire *w, char *bytes, size_t capacity) {
    return w->session != NULL ? gnutls_record_recv(w->session, bytes, capacity)
                              : recv(w->fd, bytes, capacity, 0);
}

void fake_wire_close(fake_wire *w, bool with_reset) {
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (with_reset) (void)setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (w->session != NULL) {
        if (!with_reset) (void)gnutls_bye(w->session, GNUTLS_SHUT_WR);
        gnutls_deinit(w->session);
    }
    (void)close(w->fd);
    *w = (fake_wire){.fd = -1};
}

int fake_listen(const char *name, uint16_t port, uint16_t *bound) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    static const int on = 1;
    socklen_t bytes = sizeof address;
    if (inet_pton(AF_INET, name == NULL ? "127.0.0.1" : name, &address.sin_addr) != 1) return -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, bytes) == 0 && listen(fd, 64) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &bytes) == 0) {
        *bound = ntohs(address.sin_port);
        return fd;
    }
    (void)close(fd);
    return -1;
}
