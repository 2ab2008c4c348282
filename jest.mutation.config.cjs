/** The engine's own specs, for `npm run test:mutation`. */
const [{ displayName: _name, ...unit }] = require('./jest.config.cjs').projects;
module.exports = { ...unit, roots: ['<rootDir>/src/scheduling/engine'], testTimeout: 60_000 };
