// SPDX-License-Identifier: MIT
import '@fontsource-variable/inter/wght.css';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import {render} from 'preact';
import {App} from './app.tsx';
import * as ask from './ask.ts';
import * as definitions from './definitions.ts';
import * as health from './health.ts';
import * as live from './live.ts';
import * as replay from './panels/replay.tsx';
import * as url from './url.ts';

url.start();
const root = document.getElementById('app')!;
root.replaceChildren();
render(<App />, root);
ask.start();
live.start();
replay.start();
void definitions.start();
health.start();
