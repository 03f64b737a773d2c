// SPDX-License-Identifier: MIT
// The program's operators after a small replay: name, kind, inputs, in a loop, rows in, rows out,
// changes of the last epoch, rows held, bytes held, microseconds.
export const operators = `
tweets;input;;0;5979;5979;1160;0;114072;0
users;input;;0;2285;2285;231;0;21528;0
audience;input;;0;5331;5331;1213;0;32592;0
notices;input by key;;0;11;11;2;1;512;0
no places;input;;0;0;0;0;0;0;0
filter;filter;0;0;5979;5283;1015;0;114072;114
reactions;map;5;0;5283;5283;1015;0;81480;102
originals;map;0;0;5979;5979;1160;0;32592;33
responses;join;6 7;0;11262;5387;1122;11218;791100;14120
window;map;8;0;5387;5387;1122;0;97776;108
places;flat_map;1;0;2285;1867;183;0;11860;69436
pairs;group;8;0;5387;5284;1049;4876;433352;800
half located;join;11 10;0;7151;4495;897;6713;575712;468
located;join;12 10;0;6362;3513;714;4099;510808;729
cells;group;13;0;3513;3656;813;2492;345008;639
flat_map;flat_map;14;0;3656;7312;1626;0;122520;81
place totals;group;15;0;7312;1602;365;238;44176;278
group;group;14;0;3656;940;268;186;24848;134
filter;filter;17;0;940;23;9;0;480;10
map;map;18;0;23;23;9;0;240;5
authors with a say;distinct;19;0;23;5;1;5;480;6
evidence;join;14 20;0;3661;873;225;2497;305424;80
variable;variable;;1;0;0;0;0;0;0
keys;keys;22;1;0;0;0;0;0;0
distinct;distinct;23;1;0;0;0;0;0;0
join;join;21 24;1;873;0;0;439;40000;0
negate;negate;25;1;0;0;0;0;0;0
anti join;anti join;21 26;1;873;873;225;0;0;0
keys;keys;22;1;0;0;0;0;0;0
distinct;distinct;28;1;0;0;0;0;0;0
join;join;27 29;1;873;0;0;439;41224;0
negate;negate;30;1;0;0;0;0;0;0
anti join;anti join;27 31;1;873;873;225;0;0;0
group;group;32;1;873;23;9;5;2336;0
filter;filter;33;1;23;23;9;0;640;0
map;map;34;1;23;23;9;0;320;0
group;group;35;1;23;5;1;5;1440;0
filter;filter;36;1;5;0;0;0;0;0
map;map;37;1;0;0;0;0;0;0
concat;concat;22 38;1;0;0;0;0;0;0
distinct;distinct;39;1;0;0;0;0;0;0
bad places;loop;4;0;0;0;0;0;0;0
rounds;iterations;41;0;0;0;0;0;0;0
flat_map;flat_map;21;0;873;1746;450;0;10764;1022
distinct;distinct;43;0;1746;172;18;172;10028;64
keys;keys;41;0;0;0;0;0;0;0
distinct;distinct;45;0;0;0;0;0;0;0
join;join;44 46;0;172;0;0;172;6128;2
negate;negate;47;0;0;0;0;0;0;0
anti join;anti join;44 48;0;172;172;18;0;0;0
map;map;49;0;172;172;18;0;1680;3
concat;concat;42 50;0;172;172;18;0;0;0
join;join;21 51;0;1045;857;225;172;22748;25
join;join;52 51;0;1029;855;225;439;50696;53
group;group;53;0;855;23;9;5;1536;19
filter;filter;54;0;23;23;9;0;640;1
map;map;55;0;23;23;9;0;320;1
verdicts;group;56;0;23;5;1;5;800;5
keys;keys;41;0;0;0;0;0;0;0
distinct;distinct;58;0;0;0;0;0;0;0
join;join;14 59;0;3656;0;0;2492;261632;12
negate;negate;60;0;0;0;0;0;0;0
anti join;anti join;14 61;0;3656;3656;813;0;0;1
keys;keys;41;0;0;0;0;0;0;0
distinct;distinct;63;0;0;0;0;0;0;0
join;join;62 64;0;3656;0;0;2492;283840;4
negate;negate;65;0;0;0;0;0;0;0
anti join;anti join;62 66;0;3656;3656;813;0;0;1
map;map;67;0;3656;3656;813;0;97416;87
clean;group;68;0;3656;940;268;186;70448;208
map;map;8;0;5387;5387;1122;0;146664;136
map;map;8;0;5387;5387;1122;0;146664;131
tweet totals;group;70;0;5387;1852;568;508;176712;421
author totals;group;71;0;5387;1140;316;212;97456;291
responders;group;11;0;5284;1140;316;212;18496;144
map;map;72;0;1852;1852;568;0;23720;56
top tweets;top;75;0;1852;846;146;508;86072;316
map;map;73;0;1140;1140;316;0;15600;34
top authors;top;77;0;1140;880;198;212;62744;206
heard;flat_map;0;0;5979;5929;1141;0;40740;84
minutes;group;79;0;5929;2891;573;2861;579116;916
map;map;0;0;5979;5979;1160;0;32592;37
tweets known;group;81;0;5979;11;2;1;1856;134
map;map;1;0;2285;2285;231;0;14352;16
users known;group;83;0;2285;11;2;1;896;45
map;map;8;0;5387;5387;1122;0;81480;56
responses known;group;85;0;5387;11;2;1;1856;123
map;map;14;0;3656;3656;813;0;54120;38
responses located;group;87;0;3656;11;2;1;1856;85
map;map;69;0;940;940;268;0;15600;12
responses clean;group;89;0;940;11;2;1;1856;28
map;map;0;0;5979;5979;1160;0;24444;29
languages;group;91;0;5979;124;24;12;1680;105
output;output;0;0;5979;0;0;0;0;270
output;output;1;0;2285;0;0;0;0;75
output;output;2;0;5331;0;0;0;0;161
output;output;10;0;1867;0;0;0;0;84
output;output;72;0;1852;0;0;0;0;276
output;output;73;0;1140;0;0;0;0;202
output;output;74;0;1140;0;0;0;0;31
output;output;69;0;940;0;0;0;0;304
output;output;16;0;1602;0;0;0;0;51
output;output;57;0;5;0;0;0;0;1
output;output;42;0;0;0;0;0;0;0
output;output;80;0;2891;0;0;0;0;174
output;output;3;0;11;0;0;0;0;4
output;output;82;0;11;0;0;0;0;2
output;output;84;0;11;0;0;0;0;2
output;output;86;0;11;0;0;0;0;2
output;output;88;0;11;0;0;0;0;2
output;output;90;0;11;0;0;0;0;2
output;output;92;0;124;0;0;0;0;3
output;output;76;0;846;0;0;0;0;119
output;output;78;0;880;0;0;0;0;93
output;output;9;0;5387;0;0;0;0;491
`.trim().split('\n').map((line, id) => {
    const [name, kind, inputs, inLoop, ...numbers] = line.split(';');
    const [rows_in, rows_out, epoch_changes, rows_held, bytes_held, time_us] = numbers.map(Number);
    return {id, name, kind, inputs: inputs === '' ? [] : inputs.split(' ').map(Number), in_loop: inLoop === '1', rows_in, rows_out, epoch_changes, rows_held, bytes_held, time_us};
});
