import { OPERATIONS } from './examples/document.js';
import { readExample, shownOperations, writeExamples } from './examples/example.js';
import { ROOMS } from './examples/rooms/index.js';
import { TOUR_STARTS } from './examples/steady.js';
import { Tour } from './examples/tour.js';

const operationIds = [...OPERATIONS.keys()];

/** `npm run openapi:examples`: what was answered becomes what is shown. */
const WRITES = process.env['OPENAPI_EXAMPLES'] === 'write';

/** Guarantee: the examples of the OpenAPI document are what the application answers. */
describe('the examples of the API', () => {
  let tour: Tour;

  beforeAll(async () => void (tour = await Tour.start()), 60_000);
  beforeEach(() => tour.clock.set(TOUR_STARTS));
  afterAll(async () => {
    if (WRITES) writeExamples(tour.examples, operationIds);
    await tour?.end();
  });

  it.each(Object.entries(ROOMS))('%s: each operation once', (_name, room) => room(tour), 60_000);

  if (WRITES) return;

  it.each(operationIds)('%s is answered as its example says', (operationId) => {
    expect(tour.examples.get(operationId)).toEqual(readExample(operationId));
  });

  it('are of operations that exist', () => {
    expect(shownOperations().filter((one) => !operationIds.includes(one))).toEqual([]);
  });
});
