/** Engine `sqlite`, as far as it goes: what an action on a database asks, resolves and sends. Nothing watches a database yet. */
export { createActuator } from './act/act-session.ts'
export { resolve } from './resolve.ts'
export type { SqliteQuestions, TableFacts } from './shapes.ts'
