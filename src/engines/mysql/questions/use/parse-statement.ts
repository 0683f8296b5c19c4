/** One sampled statement as the grammar's tree. The parser's own message repeats the text and is left out. */
import {
  CHAIN_MAX,
  loadGrammar,
  type Node,
  parseSql,
  type SqlDialect,
  type Unparsed,
} from '../../../../sql/index.ts'

const BECAUSE: Readonly<Record<Unparsed, string>> = {
  'chain-too-long': `its sample chains more than ${CHAIN_MAX} operators`,
  broken: 'the parser has failed and needs a restart of this process',
  'not-understood': 'the parser does not understand its sample',
}

/** The parsed statement, or why it cannot be read. */
export async function parseStatement(
  text: string,
  dialect: SqlDialect,
): Promise<{ readonly statement: Node } | { readonly because: string }> {
  await loadGrammar()
  const parsed = parseSql(text, dialect)
  if ('unparsed' in parsed) return { because: BECAUSE[parsed.unparsed] }
  return parsed.statements.length === 1
    ? { statement: parsed.statements[0] }
    : { because: 'its sample is not one statement' }
}
