export * from './clock.js';
export * from './ids.js';
export * from './scope.js';
export * from './errors/catalogue.js';
export * from './errors/problem.js';
export * from './crypto/envelope.js';
export * from './crypto/secrets.js';
export * from './zones/index.js';
