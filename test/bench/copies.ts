import type { Collection, Db, Document, IndexDescription } from 'mongodb';

/** A collection beside another one, with the same indexes: the same writes cost the same. Empty when it is asked for first. */
export async function copyOf<T extends Document = Document>(db: Db, like: string): Promise<Collection<T>> {
  const copy = db.collection<T>(`bench_${like}`);
  const indexes = (await db.collection(like).indexes()).filter(({ name }) => name !== '_id_');
  await copy.createIndexes(indexes.map(({ v: _, ...index }) => index) as IndexDescription[]);
  return copy;
}
