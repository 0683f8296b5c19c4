/** A table's name as a question gives it. */
import { exactly, objectName } from './params.ts'

/** A table's name as asked for. */
export interface TableName {
  readonly schema: string
  readonly table: string
}

/** Reads `{schema, table}` strictly. */
export const tableName = exactly({ schema: objectName, table: objectName })
