// The engines whose errors are known. Adding one is a folder here and a line in this list.

import type { ErrorEngine } from './error-engine.ts'
import { mongodbErrors } from './mongodb/index.ts'
import { mariadbErrors, mysqlErrors } from './mysql/index.ts'
import { oracleErrors } from './oracle/index.ts'
import { postgresErrors } from './postgres/index.ts'
import { redisErrors } from './redis/index.ts'
import { sqliteErrors } from './sqlite/index.ts'

/** Every engine, in the order in which lists show them. */
export const ERROR_ENGINES: readonly ErrorEngine[] = [
  mysqlErrors,
  mariadbErrors,
  postgresErrors,
  sqliteErrors,
  mongodbErrors,
  redisErrors,
  oracleErrors,
]

const BY_NAME = new Map(
  ERROR_ENGINES.flatMap((engine) => [engine.id, ...engine.aliases].map((name) => [name, engine] as const)),
)

/** The engine of a name, in any case; undefined if there is none. */
export const errorEngineOf = (name: string): ErrorEngine | undefined => BY_NAME.get(name.trim().toLowerCase())
