import type { Statement } from './pool.ts';

const BSON = 'documentdb_core.bson';
const SEQUENCE = 'documentdb_core.bsonsequence';

function statement(name: string, text: string): Statement {
  return { name, text };
}

function write(name: string): Statement {
  const call = `documentdb_api.${name}($1, $2::${BSON}, $3::${SEQUENCE}, null)`;
  return statement(name, `select p_result::bytea, p_success from ${call}`);
}

function firstPage(name: string): Statement {
  const call = `documentdb_api.${name}_cursor_first_page($1, $2::${BSON}, $3)`;
  return statement(name, `select cursorpage::bytea, continuation::bytea, persistconnection, cursorid from ${call}`);
}

function answer(name: string, call: string): Statement {
  return statement(name, `select (${call})::bytea`);
}

/** The engine's SQL functions. bson goes in as bytes and comes out cast to bytea: `pg` reads results as text. */
export const Sql = {
  insert: write('insert'),
  update: write('update'),
  delete: write('delete'),
  findAndModify: statement(
    'find_and_modify',
    `select p_result::bytea, p_success from documentdb_api.find_and_modify($1, $2::${BSON}, null)`,
  ),
  find: firstPage('find'),
  aggregate: firstPage('aggregate'),
  listCollections: firstPage('list_collections'),
  listIndexes: firstPage('list_indexes'),
  getMore: statement(
    'get_more',
    `select cursorpage::bytea, continuation::bytea from documentdb_api.cursor_get_more($1, $2::${BSON}, $3::${BSON})`,
  ),
  count: answer('count', `documentdb_api.count_query($1, $2::${BSON})`),
  distinct: answer('distinct', `documentdb_api.distinct_query($1, $2::${BSON})`),
  createIndexes: answer(
    'create_indexes',
    `documentdb_api_internal.create_indexes_non_concurrently($1, $2::${BSON}, true)`,
  ),
  dropIndexes: statement('drop_indexes', `call documentdb_api.drop_indexes($1, $2::${BSON}, null)`),
  create: answer('create', `documentdb_api.create_collection_view($1, $2::${BSON})`),
  ensureCollection: statement('ensure', 'select documentdb_api.create_collection($1, $2)'),
  collMod: answer('coll_mod', `documentdb_api.coll_mod($1, $2, $3::${BSON})`),
  drop: statement('drop_collection', 'select documentdb_api.drop_collection($1, $2)'),
  dropDatabase: statement('drop_database', 'select documentdb_api.drop_database($1)'),
  rename: answer('rename', `documentdb_api.rename_collection($1::${BSON})`),
  listDatabases: answer('list_databases', `documentdb_api.list_databases($1::${BSON})`),
  dbStats: answer('db_stats', 'documentdb_api.db_stats($1, $2::float8, false)'),
  collStats: answer('coll_stats', 'documentdb_api.coll_stats($1, $2, $3::float8)'),
  indexName: statement(
    'index_name',
    'select (index_spec).index_name from documentdb_api_catalog.collection_indexes where index_id = $1::int',
  ),
  version: statement('version', "select documentdb_api.binary_version(), current_setting('server_version')"),
} as const;
