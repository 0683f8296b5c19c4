/** The Performance Schema: on, readable, and the instruments and consumers that are read. */
import type { CapabilityReport } from '../../../core/observer.ts'
import { count, isOn, textOrEmpty } from '../cells.ts'
import { placeholders } from '../placeholders.ts'
import { isAllowed, type Probe, type ProbeContext, report, setAtStart } from './capability.ts'

const CONSUMERS = {
  digests: 'statements_digest',
  current: 'events_statements_current',
  history: 'events_statements_history',
} as const
const METADATA = 'wait/lock/metadata/sql/mdl'
const HANDLER = 'wait/io/table/sql/handler'

const NO_FIGURES =
  'No figures of statements: slow classes, scans and spills are noticed through the slow log only.'

/** Whether the Performance Schema is on and what of it can be read. */
export const performanceSchemaProbe: Probe = {
  ids: ['performance-schema', 'performance-schema-select'],
  async run(context) {
    const on = isOn(context.variables['performance_schema'])
    const readable = await isAllowed(context, 'SELECT NAME FROM performance_schema.setup_consumers LIMIT 1')
    return [
      report('performance-schema', on, {
        found: `performance_schema=${context.variables['performance_schema'] ?? 'unknown'}`,
        consequence: NO_FIGURES,
        remedy: setAtStart('performance_schema', 'ON'),
      }),
      report('performance-schema-select', readable, {
        found: readable ? 'SELECT on performance_schema' : 'no SELECT on performance_schema',
        consequence: `${NO_FIGURES} Metadata-lock blockers and, on MySQL, row-lock waits stay unseen.`,
        remedy: [`GRANT SELECT ON performance_schema.* TO ${context.account}`],
      }),
    ]
  },
}

/** Consumers and instruments. Unknown without SELECT, off while the Performance Schema is. */
export const instrumentsProbe: Probe = {
  ids: ['statement-digests', 'statement-history', 'metadata-lock-instrument', 'index-use-instrument'],
  async run(context) {
    const consumers = await switches(context, 'setup_consumers', Object.values(CONSUMERS))
    const instruments = await switches(context, 'setup_instruments', [METADATA, HANDLER])
    return [
      switchReport(context, consumers, {
        id: 'statement-digests',
        names: [CONSUMERS.digests],
        consequence: NO_FIGURES,
      }),
      switchReport(context, consumers, {
        id: 'statement-history',
        names: [CONSUMERS.current, CONSUMERS.history],
        consequence:
          context.server.flavour === 'mariadb'
            ? 'Texts of fast statements are not seen, so their plans cannot be asked for.'
            : 'Texts come from the digest table alone.',
      }),
      switchReport(context, instruments, {
        id: 'metadata-lock-instrument',
        names: [METADATA],
        consequence: 'Sessions that wait for a metadata lock are seen, but not who blocks them.',
      }),
      switchReport(context, instruments, {
        id: 'index-use-instrument',
        names: [HANDLER],
        consequence: 'Unused indexes cannot be told from used ones.',
      }),
    ]
  },
}

type Switches = ReadonlyMap<string, boolean>

async function switches(
  context: ProbeContext,
  table: 'setup_consumers' | 'setup_instruments',
  names: readonly string[],
): Promise<Switches> {
  const marks = placeholders(names)
  const sql = `SELECT NAME AS name, ENABLED AS enabled FROM performance_schema.${table} WHERE NAME IN (${marks})`
  const rows = await context.query(sql, names)
  return new Map(rows.map((row) => [textOrEmpty(row['name']), isOn(row['enabled'])]))
}

function switchReport(
  context: ProbeContext,
  found: Switches,
  words: { readonly id: string; readonly names: readonly string[]; readonly consequence: string },
): CapabilityReport {
  const isServerOff = !isOn(context.variables['performance_schema'])
  const off = words.names.filter((name) => isServerOff || found.get(name) !== true)
  return report(words.id, off.length === 0, {
    found: off.length === 0 ? `${words.names.join(', ')} on` : `${off.join(', ')} off`,
    consequence: words.consequence,
    remedy: off.flatMap((name) => switchOn(name, isServerOff)),
  })
}

/** By statement for now, by my.cnf for good: both servers forget what is changed in the setup tables. */
function switchOn(name: string, isServerOff: boolean): readonly string[] {
  const isInstrument = name.includes('/')
  const table = isInstrument ? 'setup_instruments' : 'setup_consumers'
  const timed = isInstrument ? ", TIMED = 'YES'" : ''
  const setting = isInstrument
    ? `performance-schema-instrument='${name}=ON'`
    : `performance-schema-consumer-${name.replaceAll('_', '-')}=ON`
  return [
    ...(isServerOff
      ? []
      : [`UPDATE performance_schema.${table} SET ENABLED = 'YES'${timed} WHERE NAME = '${name}'`]),
    `my.cnf, [mysqld]: ${setting}`,
  ]
}

/** Room in the digest table and in its texts. */
export const digestsProbe: Probe = {
  ids: ['digest-capacity', 'digest-text-length'],
  async run(context) {
    const table = 'performance_schema.events_statements_summary_by_digest'
    const used = count((await context.query(`SELECT COUNT(*) AS used FROM ${table}`))[0]?.['used'])
    const size = count(context.variables['performance_schema_digests_size'])
    const isOnNow = isOn(context.variables['performance_schema'])
    const isFull = size > 0 && used >= size
    const characters = Math.min(
      count(context.variables['max_digest_length']),
      count(
        context.variables['performance_schema_max_digest_length'] ?? context.variables['max_digest_length'],
      ),
    )
    return [
      report('digest-capacity', isOnNow && !isFull, {
        found: `${used} of ${size} rows used`,
        consequence: 'New statement classes fall into one nameless row; what they do is not seen one by one.',
        remedy: setAtStart('performance_schema_digests_size', String(Math.max(20_000, size * 4))),
      }),
      report('digest-text-length', isOnNow && characters >= 1024, {
        found: `digest texts of ${characters} bytes`,
        consequence: 'Statements that differ only beyond that length count as one class.',
        remedy: [
          ...setAtStart('max_digest_length', '4096'),
          ...setAtStart('performance_schema_max_digest_length', '4096'),
        ],
      }),
    ]
  },
}
