/**
 * The questions `index-as-left`, `variables-as-left`, `account-as-left` and `statistics-options-as-left`: is what a
 * run of ours made still exactly that? Each is one stable yes or no, for the `onlyIf` of an undo's step, which is
 * asked right before it is sent, so that an undo never takes back what somebody else has made since.
 */
import { canonicalJson, type Json } from '../../../core/canonical.ts'
import type { MysqlQuestions } from '../shapes.ts'
import { account } from './account.ts'
import * as param from './params.ts'
import type { Found, Question } from './question.ts'
import { readTable } from './table.ts'
import { globalVariables } from './variables.ts'

type AsLeft = { readonly asLeft: boolean }
type IndexAsLeft = MysqlQuestions['index-as-left']['params']

/** Most parts of an index (both servers), and most settings of one action. */
const PARTS_MAX = 32
const SETTINGS_MAX = 10

const yesOrNo: param.Read<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new param.ParamProblem(`${path} is not true or false`)
  return value
}

/** The answer of a reading, judged; what is not known stays unknown. */
function judged<T>(found: Found<T>, judge: (value: T) => boolean): Found<AsLeft> {
  return 'because' in found ? found : { value: { asLeft: judge(found.value) }, source: found.source }
}

/** An index that is in everything as described. A part over an expression has no column; the expression is not compared. */
export const indexAsLeft: Question<'index-as-left'> = {
  params: param.exactly({
    schema: param.objectName,
    table: param.objectName,
    index: param.objectName,
    kind: param.matching(/^[A-Z]{1,16}$/, 'a kind of index'),
    unique: yesOrNo,
    visible: yesOrNo,
    supportsForeignKey: yesOrNo,
    columns: param.listOf(
      param.exactly({
        column: param.orNull(param.objectName),
        prefix: param.orNull(param.wholeNumber(1, 3072)),
        direction: param.oneOf(['ASC', 'DESC']),
      }),
      1,
      PARTS_MAX,
    ),
  }),
  answer: async (context, { schema, table, ...left }) =>
    judged(await readTable(context, { schema, table }), (found) => {
      const index = found?.indexes.find((each) => each.index === left.index)
      return index !== undefined && canonicalJson(described(index)) === canonicalJson(described(left))
    }),
}

type Described = Omit<IndexAsLeft, 'schema' | 'table'>

/** The members that are compared, and no others. */
const described = ({ index, kind, unique, visible, supportsForeignKey, columns }: Described): Json => ({
  index,
  kind,
  unique,
  visible,
  supportsForeignKey,
  columns: columns.map(({ column, prefix, direction }) => ({ column, prefix, direction })),
})

/** Global variables with these values, however the server spells them (`0.500000` is `0.5`, `1` is `ON`). */
export const variablesAsLeft: Question<'variables-as-left'> = {
  params: param.exactly({
    variables: param.listOf(
      param.exactly({
        name: param.matching(/^[a-z][a-z0-9_]{1,63}$/, 'a name of a variable'),
        value: param.matching(/^(?:\d{1,20}(?:\.\d{1,9})?|ON|OFF)$/, 'a number, ON or OFF'),
      }),
      1,
      SETTINGS_MAX,
    ),
  }),
  answer: async ({ reader }, { variables }) => {
    const names = variables.map((each) => each.name)
    const now = await globalVariables(reader, names)
    const asLeft = variables.every(({ name, value }) => isSameValue(now[name], value))
    return { value: { asLeft }, source: 'SHOW GLOBAL VARIABLES' }
  },
}

const SWITCHES: Readonly<Record<string, string>> = { ON: '1', OFF: '0' }

/** Whether a value as the server spells it is the one that was set. */
function isSameValue(now: string | undefined, set: string): boolean {
  if (now === undefined || now === '') return false
  const [a, b] = [now, set].map((text) => Number(SWITCHES[text.toUpperCase()] ?? text))
  return a !== undefined && b !== undefined && Math.abs(a - b) < 1e-9
}

/** An account with this limit of connections. Its other properties are not asked. */
export const accountAsLeft: Question<'account-as-left'> = {
  params: param.exactly({
    user: param.accountPart,
    host: param.accountPart,
    maxUserConnections: param.wholeNumber(0, 4_294_967_295),
  }),
  answer: async (context, { maxUserConnections, ...name }) =>
    judged(await account.answer(context, name), (found) => found?.maxUserConnections === maxUserConnections),
}

/** A table with these two options of its statistics; `null`: it states none. */
export const statisticsOptionsAsLeft: Question<'statistics-options-as-left'> = {
  params: param.exactly({
    schema: param.objectName,
    table: param.objectName,
    autoRecalc: param.orNull(yesOrNo),
    samplePages: param.orNull(param.wholeNumber(1, 65_535)),
  }),
  answer: async (context, { autoRecalc, samplePages, ...table }) =>
    judged(await readTable(context, table), (found) => {
      if (found === null) return false
      const recalc = /stats_auto_recalc=([01])/i.exec(found.createOptions)?.[1] ?? null
      const pages = /stats_sample_pages=(\d{1,5})/i.exec(found.createOptions)?.[1] ?? null
      const isRecalc = recalc === null ? autoRecalc === null : autoRecalc === (recalc === '1')
      return isRecalc && (pages === null ? null : Number(pages)) === samplePages
    }),
}
