import { engineRows } from './engine.bench.js';
console.log(JSON.stringify(engineRows(), null, 1));
