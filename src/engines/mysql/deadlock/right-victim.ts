/** Which transaction a deadlock's report means by “WE ROLL BACK TRANSACTION (n)”, by the version of the server that wrote it. */
import type { ServerVersion } from '../server-version.ts'
import type { Deadlock } from './deadlock.ts'

/**
 * MariaDB has printed a number since 10.6.10 (MDEV-29187), and one too late round the ring until MDEV-37977: of two transactions
 * always the one that went on. Seen on real servers: wrong on 10.11.18, right on 10.11.19. In which releases of the other series it
 * was mended is not known here, so there the number says nothing.
 * https://github.com/MariaDB/server/pull/4679
 */
const FIRST_NUMBERED = 100_610
const LAST_WRONG = 101_118
const SERIES = { from: 101_100, to: 101_199 }

/**
 * The deadlock with the transaction that was rolled back, or none and a note where its number cannot be trusted.
 * @param server that wrote the report
 */
export function withRightVictim(deadlock: Deadlock, { flavour, version }: ServerVersion): Deadlock {
  const { notes, transactions, victim } = deadlock
  if (flavour === 'mysql' || version < FIRST_NUMBERED || victim === null) return deadlock
  const isOfSeries = version >= SERIES.from && version <= SERIES.to
  if (isOfSeries && version > LAST_WRONG) return deadlock
  if (isOfSeries && !deadlock.incomplete) {
    const count = transactions.length
    return { ...deadlock, victim: ((victim - 2 + count) % count) + 1 }
  }
  const note = `the server printed ${victim} for the transaction it rolled back, which may be the one after it (MDEV-37977)`
  return { ...deadlock, victim: null, notes: [...notes, note] }
}
