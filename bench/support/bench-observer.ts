/** The monitor of a private server inside the bench's own process, for timing single readings. */
import { createMysqlObserver, type MysqlObserver } from '../../src/engines/mysql/observer.ts'
import type { TargetAccounts } from '../../src/lab/pieces/accounts.ts'
import type { PrivateServer } from '../../src/lab/servers/index.ts'

/** So that each reading asked for is made: what it costs is the bench's to measure, not the budget's to prevent. */
const UNBOUNDED = { budgetMsPerSecond: 100, budgetPercent: 10, slowCollectorMs: 10_000 } as const
/** The budget, and what follows from it, as shipped. */
export const AS_SHIPPED = {} as const

/**
 * Observes the server with dbmedic's own accounts, at a small pace and with the largest budget if nothing else is said.
 * @param pace multiplies the interval of every instrument
 */
export function benchObserver(
  server: PrivateServer,
  accounts: Pick<TargetAccounts, 'monitor' | 'planner' | 'executor'>,
  pace = 0.01,
  budget: typeof UNBOUNDED | typeof AS_SHIPPED = UNBOUNDED,
): MysqlObserver {
  return createMysqlObserver({
    address: {
      targetId: 1,
      name: 'bench',
      host: server.host,
      port: server.port,
      socketPath: null,
      tls: 'disable',
      caFile: null,
      certFile: null,
      keyFile: null,
      connectTimeoutMs: 5_000,
      options: {
        pace,
        ...budget,
        statementTimeoutMs: 30_000,
        abandonAfterMs: 60_000,
        ownAccounts: accounts.executor.user,
      },
    },
    monitor: accounts.monitor,
    planner: accounts.planner,
  })
}
