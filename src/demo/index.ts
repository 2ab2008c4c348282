export { DemoModule } from './demo.module.js';
export { DemoSeed, type Demo } from './demo-seed.js';
