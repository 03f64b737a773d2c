// SPDX-License-Identifier: MIT
// The base map, cut for a plane.
//
// world-atlas is made for the sphere: its rings cross the 180th meridian and go round
// the poles, and break when drawn flat.  They are cut here once, at build.  What comes
// out is {"scale", "land": [polygon], "borders": [line]}: a polygon is a list of rings,
// and a ring or line is a flat list of integers, each pair the difference to the point
// before, in degrees times `scale`.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {geoEquirectangular} from 'd3-geo';
import {geoProject} from 'd3-geo-projection';
import {feature, mesh} from 'topojson-client';

const SCALE = 100;
const require = createRequire(import.meta.url);
const load = (name) => JSON.parse(readFileSync(require.resolve(`world-atlas/${name}.json`), 'utf8'));

// One degree is one unit, y goes up, and no points are added along great circles.
const plane = geoEquirectangular().scale(180 / Math.PI).translate([0, 0]).precision(0).reflectY(true);

function pack(points) {
    const packed = [];
    let x0 = 0, y0 = 0;
    for (const [lon, lat] of points) {
        const x = Math.round(lon * SCALE), y = Math.round(lat * SCALE);
        if (packed.length > 0 && x === x0 && y === y0) continue;
        packed.push(x - x0, y - y0);
        x0 = x;
        y0 = y;
    }
    return packed;
}

const polygons = (geometry) =>
    geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
const lines = (geometry) =>
    geometry.type === 'LineString' ? [geometry.coordinates] : geometry.type === 'MultiLineString' ? geometry.coordinates : [];

export function basemap(resolution) {
    const countries = load(`countries-${resolution}`);
    const land = feature(load(`land-${resolution}`), 'land');
    const cut = geoProject(land.type === 'FeatureCollection' ? land.features[0].geometry : land.geometry, plane);
    const borders = geoProject(mesh(countries, countries.objects.countries, (a, b) => a !== b), plane);
    return JSON.stringify({
        scale: SCALE,
        // A ring of fewer than four points has no area left at this scale.
        land: polygons(cut).map((rings) => rings.map(pack).filter((ring) => ring.length >= 8)).filter((rings) => rings.length > 0),
        borders: lines(borders).map(pack).filter((line) => line.length >= 4),
    });
}
