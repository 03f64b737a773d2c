// SPDX-License-Identifier: MIT
// Cities of the stand-in's made-up people: name, country, latitude, longitude, weight.
export const cities = `
Tokyo JP 35.69 139.69 9;Osaka JP 34.69 135.50 4;Seoul KR 37.57 126.98 5;Beijing CN 39.90 116.40 2;Shanghai CN 31.23 121.47 2
Hong Kong HK 22.32 114.17 3;Taipei TW 25.03 121.57 2;Manila PH 14.60 120.98 5;Jakarta ID -6.21 106.85 7;Bandung ID -6.92 107.61 3
Surabaya ID -7.25 112.75 2;Singapore SG 1.35 103.82 3;Kuala Lumpur MY 3.14 101.69 4;Bangkok TH 13.75 100.50 3;Hanoi VN 21.03 105.85 1
Delhi IN 28.61 77.21 4;Mumbai IN 19.08 72.88 4;Bengaluru IN 12.97 77.59 4;Chennai IN 13.08 80.27 2;Kolkata IN 22.57 88.36 2
Karachi PK 24.86 67.01 2;Lahore PK 31.55 74.34 1;Dhaka BD 23.81 90.41 1;Colombo LK 6.93 79.85 1;Kathmandu NP 27.72 85.32 1
Dubai AE 25.20 55.27 2;Riyadh SA 24.71 46.68 3;Jeddah SA 21.49 39.19 2;Doha QA 25.29 51.53 1;Tehran IR 35.69 51.39 1
Istanbul TR 41.01 28.98 6;Ankara TR 39.93 32.86 2;Tel Aviv IL 32.09 34.78 1;Beirut LB 33.89 35.50 1;Cairo EG 30.04 31.24 3
Lagos NG 6.52 3.38 4;Abuja NG 9.06 7.50 1;Accra GH 5.60 -0.19 2;Nairobi KE -1.29 36.82 3;Kampala UG 0.35 32.58 1
Johannesburg ZA -26.20 28.05 4;Cape Town ZA -33.92 18.42 3;Durban ZA -29.86 31.02 1;Dakar SN 14.72 -17.47 1;Casablanca MA 33.57 -7.59 1
Algiers DZ 36.74 3.09 1;Tunis TN 36.81 10.18 1;Addis Ababa ET 9.02 38.75 1;Moscow RU 55.76 37.62 4;Saint Petersburg RU 59.93 30.34 2
Novosibirsk RU 55.03 82.92 1;Kyiv UA 50.45 30.52 2;Warsaw PL 52.23 21.01 2;Prague CZ 50.08 14.44 1;Budapest HU 47.50 19.04 1
Vienna AT 48.21 16.37 1;Berlin DE 52.52 13.40 4;Hamburg DE 53.55 9.99 2;Munich DE 48.14 11.58 2;Cologne DE 50.94 6.96 1
Zurich CH 47.37 8.54 2;Geneva CH 46.20 6.15 5;Milan IT 45.46 9.19 3;Rome IT 41.90 12.50 3;Naples IT 40.85 14.27 1
Athens GR 37.98 23.73 2;Madrid ES 40.42 -3.70 6;Barcelona ES 41.39 2.17 5;Seville ES 37.39 -5.98 2;Valencia ES 39.47 -0.38 1
Lisbon PT 38.72 -9.14 2;Paris FR 48.86 2.35 7;Lyon FR 45.76 4.84 2;Toulouse FR 43.60 1.44 1;Brussels BE 50.85 4.35 2
Amsterdam NL 52.37 4.90 3;Rotterdam NL 51.92 4.48 1;London GB 51.51 -0.13 10;Manchester GB 53.48 -2.24 4;Edinburgh GB 55.95 -3.19 3
Birmingham GB 52.49 -1.89 2;Leeds GB 53.80 -1.55 1;Dublin IE 53.35 -6.26 3;Copenhagen DK 55.68 12.57 2;Oslo NO 59.91 10.75 1
Stockholm SE 59.33 18.07 2;Helsinki FI 60.17 24.94 1;Reykjavik IS 64.15 -21.94 1;New York US 40.71 -74.01 9;Boston US 42.36 -71.06 5
Washington US 38.91 -77.04 4;Philadelphia US 39.95 -75.17 3;Atlanta US 33.75 -84.39 4;Miami US 25.76 -80.19 3;Chicago US 41.88 -87.63 6
Detroit US 42.33 -83.05 2;Minneapolis US 44.98 -93.27 2;Houston US 29.76 -95.37 3;Dallas US 32.78 -96.80 3;Austin US 30.27 -97.74 4
Denver US 39.74 -104.99 3;Phoenix US 33.45 -112.07 2;Los Angeles US 34.05 -118.24 7;San Francisco US 37.77 -122.42 6;Seattle US 47.61 -122.33 4
Portland US 45.52 -122.68 3;Honolulu US 21.31 -157.86 1;Anchorage US 61.22 -149.90 1;Toronto CA 43.65 -79.38 5;Montreal CA 45.50 -73.57 3
Vancouver CA 49.28 -123.12 3;Calgary CA 51.05 -114.07 1;Mexico City MX 19.43 -99.13 6;Guadalajara MX 20.66 -103.35 2;Monterrey MX 25.69 -100.32 2
Bogota CO 4.71 -74.07 4;Medellin CO 6.24 -75.58 2;Caracas VE 10.48 -66.90 4;Lima PE -12.05 -77.04 3;Quito EC -0.18 -78.47 1
Santiago CL -33.45 -70.67 4;Buenos Aires AR -34.60 -58.38 6;Cordoba AR -31.42 -64.19 2;Montevideo UY -34.90 -56.19 1;Sao Paulo BR -23.55 -46.63 8
Rio de Janeiro BR -22.91 -43.17 5;Brasilia BR -15.79 -47.88 1;Salvador BR -12.97 -38.50 2;Recife BR -8.05 -34.88 2;Porto Alegre BR -30.03 -51.23 1
San Juan PR 18.47 -66.11 1;Santo Domingo DO 18.49 -69.93 1;Havana CU 23.11 -82.37 1;Kingston JM 17.97 -76.79 1;Guatemala City GT 14.63 -90.51 1
Sydney AU -33.87 151.21 4;Melbourne AU -37.81 144.96 4;Brisbane AU -27.47 153.03 2;Perth AU -31.95 115.86 1;Auckland NZ -36.85 174.76 2
Wellington NZ -41.29 174.78 1
`.trim().split(/[;\n]/).map((line) => {
    const [, name, country, lat, lon, weight] = /^(.+) ([A-Z]{2}) (\S+) (\S+) (\d+)$/.exec(line);
    return {name, country, lat: Number(lat), lon: Number(lon), weight: Number(weight)};
});

export const badPlaces = [
    {name: 'Earth', country: 'US', lat: 34.23, lon: -102.41, round: 1, authors: 14, speakers: 0, responses: 5210},
    {name: 'Universe', country: 'BR', lat: -8.1, lon: -40.2, round: 1, authors: 9, speakers: 0, responses: 3312},
    {name: 'Everywhere', country: 'GB', lat: 52.1, lon: -2.4, round: 2, authors: 6, speakers: 0, responses: 1804},
    {name: 'Hell', country: 'NO', lat: 63.45, lon: 10.9, round: 2, authors: 4, speakers: 0, responses: 977},
    {name: 'Paradise', country: 'US', lat: 39.76, lon: -121.62, round: 3, authors: 3, speakers: 0, responses: 640},
    {name: 'Neverland', country: 'NL', lat: 52.6, lon: 6.1, round: 4, authors: 2, speakers: 0, responses: 402},
    {name: 'Moon', country: 'TR', lat: 40.2, lon: 41.1, round: 5, authors: 1, speakers: 0, responses: 188},
    {name: 'Atlantis', country: 'BS', lat: 25.08, lon: -77.32, round: 6, authors: 1, speakers: 0, responses: 96},
];
