/**
 * What makes an undo stop where it has nothing of ours to take back: each of its statements is sent only if the
 * thing it takes back, asked right before on the same connection, is exactly what the run left. What somebody else
 * has made or set since is theirs and stays.
 */
import type { Json } from '../../core/canonical.ts'
import type { Plan, Step } from '../../core/plan.ts'
import type { MysqlQuestions } from '../../engines/mysql/shapes.ts'

type Condition = NonNullable<Step['onlyIf']>
type AsLeft = Extract<keyof MysqlQuestions, `${string}-as-left`>

function asLeft<K extends AsLeft>(kind: K, params: MysqlQuestions[K]['params']): Condition {
  return {
    question: { kind, params: params as unknown as { readonly [name: string]: Json } },
    equals: { asLeft: true },
  }
}

type IndexLeft = Omit<MysqlQuestions['index-as-left']['params'], 'schema' | 'table'>

/** The index is in everything as it was left: kind, columns, visible or hidden, and no foreign key leans on it that did not. */
export const ifIndexIs = (
  { schema, table }: { readonly schema: string; readonly table: string },
  { index, kind, unique, visible, supportsForeignKey, columns }: IndexLeft,
): Condition =>
  asLeft('index-as-left', {
    schema,
    table,
    index,
    kind,
    unique,
    visible,
    supportsForeignKey,
    columns: columns.map(({ column, prefix, direction }) => ({ column, prefix, direction })),
  })

/** The variable still has the value it was set to. */
export const ifVariableIs = (name: string, value: string): Condition =>
  asLeft('variables-as-left', { variables: [{ name, value }] })

/** The account still has the limit it was given. */
export const ifLimitIs = (
  account: { readonly user: string; readonly host: string },
  maxUserConnections: number,
): Condition => asLeft('account-as-left', { user: account.user, host: account.host, maxUserConnections })

/** The table still has the two options it was given. */
export const ifStatisticsOptionsAre = (
  table: { readonly schema: string; readonly table: string },
  samplePages: number,
): Condition =>
  asLeft('statistics-options-as-left', {
    schema: table.schema,
    table: table.table,
    autoRecalc: true,
    samplePages,
  })

/** The instrument still is as it was switched. */
export const ifInstrumentIs = (name: string, on: boolean): Condition => ({
  question: { kind: 'instrument', params: { name } },
  equals: { enabled: on, timed: on },
})

/** The plan, each of its statements sent only under the condition; its guards as before. */
export const onlyIfLeft = ({ guards, steps }: Plan, onlyIf: Condition): Plan => ({
  guards,
  steps: steps.map((step) => ({ ...step, onlyIf })),
})
