/** What a target lets us see and do, each missing item with the exact statement or setting that gives it. */
import type { TargetAddress } from '../../../core/engine.ts'
import type { CapabilityReport } from '../../../core/observer.ts'
import type { CollectorTarget } from '../collector.ts'
import type { MysqlOptions } from '../config.ts'
import type { SessionServer, TargetSession } from '../connect.ts'
import { SLOW_LOG_VARIABLES } from '../slow-log-place.ts'
import { readVariables } from '../snapshots/global-variables.ts'
import { unknownBecause } from '../unknown-reading.ts'
import { type Probe, type ProbeContext, quotedAccount, report } from './capability.ts'
import { deadlockLogProbe, slowLogPaceProbe, slowLogProbe } from './logs.ts'
import { digestsProbe, instrumentsProbe, performanceSchemaProbe } from './performance-schema.ts'
import { plannerProbe } from './planner.ts'
import { processProbe, referencesProbe, replicationProbe, statisticsProbe, sysProbe } from './privileges.ts'
import {
  errorCountersProbe,
  identityProbe,
  preparedStatementsProbe,
  reservedDoorProbe,
  tlsProbe,
  userstatProbe,
} from './server.ts'

const PROBES: readonly Probe[] = [
  identityProbe,
  tlsProbe,
  processProbe,
  performanceSchemaProbe,
  instrumentsProbe,
  digestsProbe,
  statisticsProbe,
  referencesProbe,
  sysProbe,
  replicationProbe,
  slowLogProbe,
  slowLogPaceProbe,
  deadlockLogProbe,
  preparedStatementsProbe,
  errorCountersProbe,
  userstatProbe,
  plannerProbe,
  reservedDoorProbe,
]

const VARIABLES = [
  ...SLOW_LOG_VARIABLES,
  'performance_schema',
  'performance_schema_digests_size',
  'max_digest_length',
  'performance_schema_max_digest_length',
  'innodb_print_all_deadlocks',
  'log_error_verbosity',
  'extra_port',
  'admin_address',
  'admin_port',
  'userstat',
]

/** What the capabilities of a target are found out with. */
export interface CapabilityInput {
  readonly session: TargetSession
  readonly query: CollectorTarget['query']
  readonly planner: TargetSession | null
  readonly options: MysqlOptions
  readonly address: TargetAddress
}

/** Every capability. Never throws: a target that cannot be reached has one report, that of the connection. */
export async function readCapabilities(input: CapabilityInput): Promise<readonly CapabilityReport[]> {
  const { session, ...rest } = input
  try {
    const server = await session.open()
    const variables = await readVariables(input, VARIABLES)
    const context: ProbeContext = { ...rest, server, variables, account: quotedAccount(server.account) }
    const reports = [connected(server)]
    for (const probe of PROBES) reports.push(...(await runProbe(probe, context)))
    return reports
  } catch (error) {
    const reading = unknownBecause(error)
    const [found, remedy] = reading.known ? ['', ''] : [reading.because, reading.toProceed]
    return [
      report('connection', false, {
        found,
        consequence: 'Nothing of this target can be seen.',
        remedy: [remedy],
      }),
    ]
  }
}

function connected(server: SessionServer): CapabilityReport {
  return report('connection', true, {
    found: `${server.versionText} as ${server.account}`,
    consequence: 'Nothing of this target can be seen.',
    remedy: [],
  })
}

async function runProbe(probe: Probe, context: ProbeContext): Promise<readonly CapabilityReport[]> {
  try {
    return await probe.run(context)
  } catch (error) {
    const reading = unknownBecause(error)
    const [found, remedy] = reading.known ? ['', ''] : [reading.because, reading.toProceed]
    const words = {
      found,
      consequence: 'It could not be found out, which counts as missing.',
      remedy: [remedy],
    }
    return probe.ids.map((id) => report(id, null, words))
  }
}
