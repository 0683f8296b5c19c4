/** X1 and X2: what the plan is about exists as it was when the plan was made, and nobody has put it out of bounds. */
import type {
  AccountParameter,
  ConnectionParameter,
  IndexParameter,
  ParameterSchema,
  TableParameter,
} from '../../../core/parameters.ts'
import type { TableDefinition } from '../../../engines/mysql/shapes.ts'
import { type Condition, type Finding, given, type MysqlContext, met, unmet } from '../mysql-action.ts'
import { indexName, quotedTable } from '../names.ts'
import { isListed, SYSTEM_SCHEMAS, SYSTEM_USERS } from './system-objects.ts'

/** Parameters of an action on a table. */
export type OnTable = { readonly table: TableParameter }
/** Parameters of an action on an index of a table. */
export type OnIndex = OnTable & { readonly index: IndexParameter }
/** Parameters of an action on a connection. */
export type OnConnection = { readonly connection: ConnectionParameter }
/** Parameters of an action on an account. */
export type OnAccount = { readonly account: AccountParameter }

/** Asks for the table of an action. */
export const askTable = (context: MysqlContext<OnTable>) =>
  context.ask('table', { schema: context.params.table.schema, table: context.params.table.table })

/** Judges the table of an action as it is now; a table that is gone is not met. */
export async function withTable(
  context: MysqlContext<OnTable>,
  judge: (table: TableDefinition, at: string) => Finding,
): Promise<Finding> {
  return given(await askTable(context), (table, at) => {
    if (table === null) {
      return unmet(
        `there is no base table ${quotedTable(context.params.table)}`,
        'Nothing can be done about a table that is gone; analyse the issue again.',
      )
    }
    return judge(table, at)
  })
}

/** X1 for a table: a base table, defined as it was when the parameter was resolved. */
export const tableAsApproved: Condition<OnTable> = {
  id: 'X1',
  rule: 'The table exists, is a base table, and its definition is the one the plan was made for.',
  test: (context) =>
    withTable(context, (table) =>
      table.definitionDigest === context.params.table.definitionDigest
        ? met(`${quotedTable(table)} is a base table with the definition the plan was made for`)
        : unmet(
            `the definition of ${quotedTable(table)} changed since the plan was made`,
            'Wait for the new analysis; it starts from the table as it is now.',
          ),
    ),
}

/** X1 for an index: as for its table, and the index is there. */
export const indexAsApproved: Condition<OnIndex> = {
  id: 'X1',
  rule: 'The table and the index exist, and the table’s definition is the one the plan was made for.',
  test: async (context) => {
    const finding = await tableAsApproved.test(context)
    if (finding.met !== true) return finding
    return withTable(context, (table) => {
      const name = indexName(context.params.index)
      return table.indexes.some((item) => item.index === name)
        ? met(`${quotedTable(table)} has the index ${name} and the definition the plan was made for`)
        : unmet(`${quotedTable(table)} has no index ${name}`, 'There is nothing left to do on it.')
    })
  },
}

/** X2 for a table: not a schema of the server, not on the installation's denylist. */
export const schemaAllowed: Condition<OnTable> = {
  id: 'X2',
  rule: 'The table is in no system schema and in none of `denySchemas`.',
  test: async ({ params, policy }) => allowedSchema(params.table.schema, policy.denySchemas),
}

function allowedSchema(schema: string, denied: readonly string[]): Finding {
  if (isListed(schema, SYSTEM_SCHEMAS)) {
    return unmet(`${schema} is a schema of the server`, 'No action will ever touch it.')
  }
  if (isListed(schema, denied)) {
    return unmet(
      `the schema ${schema} is on the denylist`,
      'Take it off `actions.denySchemas` in dbmedic.yaml if it may be touched; dbmedic’s own store may not.',
    )
  }
  return met(`the schema ${schema} is neither the server’s nor on the denylist`)
}

/** X1 for an account: it exists. */
export const accountExists: Condition<OnAccount> = {
  id: 'X1',
  rule: 'The account exists.',
  test: async ({ ask, params }) =>
    given(await ask('account', { user: params.account.user, host: params.account.host }), (account) =>
      account === null
        ? unmet('there is no such account', 'Check user and host against the server’s own list of accounts.')
        : met('the account exists'),
    ),
}

/** X2 for an account: not the server's, not on the denylist. */
export const accountAllowed: Condition<OnAccount> = {
  id: 'X2',
  rule: 'The account is neither an administrator’s nor one of `denyUsers`.',
  test: async ({ params, policy }) => allowedUser(params.account.user, policy.denyUsers),
}

function allowedUser(user: string, denied: readonly string[]): Finding {
  if (isListed(user, SYSTEM_USERS, denied)) {
    return unmet(
      `the user ${user} is an administrator of the server or on the denylist`,
      'No action touches administrators; take others off `actions.denyUsers` in dbmedic.yaml if they may be touched.',
    )
  }
  return met(`the user ${user} is neither an administrator nor on the denylist`)
}

/** X1 for a connection: it is there. */
export const connectionPresent: Condition<OnConnection> = {
  id: 'X1',
  rule: 'The connection exists.',
  test: async ({ ask, params }) =>
    given(await ask('connection', params.connection), (now) =>
      now.present
        ? met(`connection ${params.connection.connectionId} is there`)
        : unmet(`connection ${params.connection.connectionId} is gone`, 'There is nothing left to end.'),
    ),
}

/** X2 for a connection: neither its user nor its schema is out of bounds. */
export const connectionAllowed: Condition<OnConnection> = {
  id: 'X2',
  rule: 'The connection’s user and schema are on no denylist.',
  test: async ({ params, policy }) => {
    const user = allowedUser(params.connection.user, policy.denyUsers)
    const { database } = params.connection
    if (user.met !== true || database === null) return user
    const schema = allowedSchema(database, policy.denySchemas)
    return schema.met === true ? met(`${user.found}; ${schema.found}`) : schema
  },
}

/** X2 for an action on the server itself. */
export const touchesNoObject: Condition<ParameterSchema> = {
  id: 'X2',
  rule: 'It touches no schema and no account, so no denylist can name its object.',
  test: async () => met('a setting of the server; no schema and no account is touched'),
}
