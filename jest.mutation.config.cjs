/** The specs of the pure parts of scheduling, for `npm run test:mutation`. */
const [{ displayName: _name, ...unit }] = require('./jest.config.cjs').projects;
module.exports = {
  ...unit,
  roots: ['<rootDir>/src/scheduling/engine', '<rootDir>/src/scheduling/combine'],
  testTimeout: 60_000,
};
