import mongoose from 'mongoose';

const ASKING = ['find', 'aggregate', 'distinct', 'countDocuments'] as const;

/** What this process asks of the database while `work` runs, as `collection.method`, past mongoose or through it. */
export async function questionsDuring<T>(work: () => Promise<T>): Promise<{ result: T; questions: string[] }> {
  const driver = mongoose.mongo.Collection.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const questions: string[] = [];
  const before = ASKING.map((method) => [method, driver[method]] as const);
  for (const [method, ask] of before) {
    driver[method] = function (this: mongoose.mongo.Collection, ...args: unknown[]) {
      questions.push(`${this.collectionName}.${method}`);
      return ask?.apply(this, args);
    };
  }
  try {
    return { result: await work(), questions };
  } finally {
    for (const [method, ask] of before) driver[method] = ask as (typeof driver)[string];
  }
}
