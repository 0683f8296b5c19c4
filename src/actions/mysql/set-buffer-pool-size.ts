/** Resizes the InnoDB buffer pool while the server runs. */
import type { Postcondition } from '../../core/action.ts'
import type { Forecast } from '../../core/plan.ts'
import { isMariadb } from './flavour.ts'
import { exactly, NONE } from './forecast.ts'
import { HOUR, oncePerServer } from './limits.ts'
import { type Condition, type MysqlContext, met, unknown, unmet } from './mysql-action.ts'
import { withinBounds } from './preconditions/bounds.ts'
import { memoryHeadroom, promisedMemory } from './preconditions/memory.ts'
import { GRANT_SET_GLOBAL } from './privileges.ts'
import { bytesText, GIB, MIB } from './quantities.ts'
import { numberVariables } from './read-variables.ts'
import { defineSetting, whole } from './set-variable.ts'

const PARAMETERS = {
  bytes: { type: 'integer', min: 134_217_728, max: 17_592_186_044_416, unit: 'bytes' },
} as const

/** Share of the machine's memory the pool may take at most. */
const POOL_SHARE = 0.7
/** Pages the pool may differ from its size by: descriptors and rounding, share. */
const PAGES_TOLERANCE = 0.1

/**
 * The size is one the server will not round. MySQL rounds up to chunk × instances
 * (https://dev.mysql.com/doc/refman/8.4/en/innodb-buffer-pool-resize.html); MariaDB to whole mebibytes, or to its
 * chunk where one is set, and never beyond innodb_buffer_pool_size_max, where it has one.
 */
const wholeChunks: Condition<typeof PARAMETERS> = {
  id: 'whole-chunks',
  rule: 'The size is a multiple of chunk size × instances, so the server does not round it, and not above innodb_buffer_pool_size_max.',
  test: async (context) => {
    const {
      innodb_buffer_pool_chunk_size: chunk,
      innodb_buffer_pool_instances: instances,
      innodb_buffer_pool_size_max: most,
    } = await numberVariables(context, [
      'innodb_buffer_pool_chunk_size',
      'innodb_buffer_pool_instances',
      'innodb_buffer_pool_size_max',
    ])
    const mariadb = isMariadb(context.server)
    if (chunk === null && !mariadb)
      return unknown('the chunk size could not be read', 'Run: dbmedic check <target>')
    const unit = Math.max(chunk ?? 0, MIB) * (mariadb ? 1 : (instances ?? 1))
    const { bytes } = context.params
    if (bytes % unit !== 0)
      return unmet(
        `${bytes} is no multiple of ${bytesText(unit)}`,
        `Choose ${Math.ceil(bytes / unit) * unit} bytes.`,
      )
    if (mariadb && most !== null && most > 0 && bytes > most)
      return unmet(
        `${bytesText(bytes)} is above innodb_buffer_pool_size_max, ${bytesText(most)}`,
        'Raise innodb_buffer_pool_size_max in the option file; it takes a restart.',
      )
    return met(`${bytesText(bytes)} is ${bytes / unit} times ${bytesText(unit)}`)
  },
}

/** The pool has as many pages as the size says; it grows and shrinks in the background. */
async function poolResized(context: MysqlContext<typeof PARAMETERS>): Promise<Postcondition> {
  const status = await context.ask('status', {
    names: ['Innodb_buffer_pool_pages_total', 'Innodb_page_size'],
  })
  if (!status.known) return { holds: 'unknown', found: status.because }
  const pages = status.value['innodb_buffer_pool_pages_total']
  const page = status.value['innodb_page_size']
  if (pages === undefined || page === undefined) return { holds: 'unknown', found: 'the pool shows no pages' }
  const now = pages * page
  const { bytes } = context.params
  const found = `the pool has ${bytesText(now)} of pages, wanted ${bytesText(bytes)}`
  if (Math.abs(now - bytes) <= PAGES_TOLERANCE * bytes) return { holds: true, found }
  return { holds: 'unknown', found: `${found}; it may still be resizing` }
}

async function forecast(context: MysqlContext<typeof PARAMETERS>): Promise<Forecast> {
  const { innodb_buffer_pool_size: now } = await numberVariables(context, ['innodb_buffer_pool_size'])
  const moved = Math.abs(context.params.bytes - (now ?? 0))
  const seconds = moved / GIB
  return {
    lockClass: 'buffer pool resize, brief latches on the page hash',
    blocks:
      'all sessions for moments while chunks are added or withdrawn; pages of a smaller pool are read again',
    durationMs: {
      low: 1,
      expected: Math.round(500 + 500 * seconds),
      high: Math.round(10_000 + 20_000 * seconds),
    },
    rowsTouched: NONE,
    bytesWritten: NONE,
    replicaLagSeconds: NONE,
    diskPeakBytes: exactly(0),
    basis: `${bytesText(moved)} more or less than now; 0.5 to 20 s a GiB assumed, withdrawing dirty pages being the slow end`,
  }
}

/** The action. */
export const setBufferPoolSize = defineSetting({
  id: 'mysql/set-buffer-pool-size',
  category: 'CONFIGURATION',
  title: 'Resize the buffer pool',
  risk: 'HIGH',
  riskReason:
    'Too large, and the machine swaps or its kernel ends the server; too small, and everything reads from disk.',
  issueCategories: ['MEMORY', 'QUERY_PERFORMANCE', 'CONFIGURATION'],
  parameters: PARAMETERS,
  template: 'SET GLOBAL innodb_buffer_pool_size={bytes}',
  assign: ({ params }) => [{ name: 'innodb_buffer_pool_size', value: whole(params.bytes) }],
  conditions: [
    withinBounds<typeof PARAMETERS>({
      text: 'It is at least half of the present size and at most 70 % of the machine’s memory.',
      variable: 'innodb_buffer_pool_size',
      wanted: ({ params }) => params.bytes,
      bounds: async (now, { policy }) => {
        const memory = policy.memoryBytes ?? null
        return memory === null ? null : { low: now / 2, high: Math.floor(POOL_SHARE * memory) }
      },
    }),
    wholeChunks,
    memoryHeadroom<typeof PARAMETERS>(async (context) => {
      const promised = await promisedMemory(context)
      const now = await numberVariables(context, ['innodb_buffer_pool_size', 'max_connections'])
      if (promised === null || now.innodb_buffer_pool_size === null || now.max_connections === null)
        return null
      const others = promised.global - now.innodb_buffer_pool_size
      return others + context.params.bytes + now.max_connections * promised.perConnection
    }),
  ],
  blocks: 'all sessions for moments',
  measure: { metricName: 'physical_reads', metricUnit: 'pages/s' },
  verification: 'Reading back gives the size and the pool has that many pages; physical reads fall.',
  undo: { actionId: 'mysql/set-buffer-pool-size' },
  limits: oncePerServer(6 * HOUR),
  privileges: GRANT_SET_GLOBAL,
  forecast,
  settled: poolResized,
})
