/** Schemas of applications: all but the servers' own. */

/** Schemas that come with the servers, lower case. */
export const SYSTEM_SCHEMAS = ['mysql', 'information_schema', 'performance_schema', 'sys', 'ndbinfo'] as const

/** `NOT IN ('mysql', …)`, a constant text for statements of ours. */
export const NOT_SYSTEM_SCHEMA = `NOT IN (${SYSTEM_SCHEMAS.map((name) => `'${name}'`).join(', ')})`

/** Schemas looked at; a server with more is read for the first by name. */
export const SCHEMAS_MAX = 500
