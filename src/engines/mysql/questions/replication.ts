/** The questions `topology`, `replication-channels` and `binary-logs`. */
import { count, isOn, number, type Row, text, textOrEmpty } from '../cells.ts'
import type { BinaryLog, ReplicationChannel } from '../shapes.ts'
import { errorNumber } from './failure.ts'
import { exactly } from './params.ts'
import { processListTable } from './process-list.ts'
import type { Question, Reader } from './question.ts'
import { type ServerFacts, serverFacts } from './server-facts.ts'
import { globalVariables } from './variables.ts'

const nothing = exactly({})
const BINARY_LOGGING_OFF = 1381
const LOGS_MAX = 10_000

/** Primary or replica. `replicas` counts the dump threads, which a replica that is away does not have. */
export const topology: Question<'topology'> = {
  params: nothing,
  answer: async ({ reader }) => {
    const facts = await serverFacts(reader)
    const settings = await globalVariables(reader, ['read_only', 'super_read_only', 'innodb_read_only'])
    const channels = await readChannels(reader, facts)
    const dumps = await reader.query(
      `SELECT COUNT(*) AS dumps FROM ${processListTable(facts)} WHERE COMMAND LIKE 'Binlog Dump%'`,
    )
    const lags = channels.map((channel) => channel.lagSeconds)
    return {
      value: {
        writable: !Object.values(settings).some((value) => isOn(value)),
        isReplica: channels.length > 0,
        replicas: count(dumps[0]?.['dumps']),
        lagSeconds: channels.length === 0 || lags.includes(null) ? null : Math.max(...lags.map(Number)),
      },
      source: 'read_only, SHOW REPLICA STATUS, process list',
    }
  },
}

/** Channels of this server as a replica. */
export const replicationChannels: Question<'replication-channels'> = {
  params: nothing,
  answer: async ({ reader }) => ({
    value: await readChannels(reader, await serverFacts(reader)),
    source: 'SHOW REPLICA STATUS',
  }),
}

/** Binary logs, oldest first, at most 10,000. */
export const binaryLogs: Question<'binary-logs'> = {
  params: nothing,
  answer: async ({ reader }) => ({ value: await readLogs(reader), source: 'SHOW BINARY LOGS' }),
}

async function readLogs(reader: Reader): Promise<readonly BinaryLog[]> {
  try {
    const rows = await reader.query('SHOW BINARY LOGS')
    return rows
      .slice(0, LOGS_MAX)
      .map((row) => ({ name: textOrEmpty(row['Log_name']), bytes: count(row['File_size']) }))
  } catch (error) {
    if (errorNumber(error) === BINARY_LOGGING_OFF) return []
    throw error
  }
}

/** Reads the channels. Rejects with the server's error, e.g. without REPLICATION CLIENT (SLAVE MONITOR on MariaDB). */
export async function readChannels(
  reader: Reader,
  facts: ServerFacts,
): Promise<readonly ReplicationChannel[]> {
  const rows = await reader.query(statusStatement(facts))
  return rows.map((row) => {
    const receiverRunning = running(row, 'IO_Running')
    const applierRunning = running(row, 'SQL_Running')
    return {
      channel: text(row['Channel_Name']) ?? textOrEmpty(row['Connection_name']),
      // The column is NULL while the applier is stopped; a stopped receiver's figure would only say what was relayed.
      lagSeconds: receiverRunning && applierRunning ? number(either(row, 'Seconds_Behind')) : null,
      receiverRunning,
      applierRunning,
      lastErrorNumber:
        count(row['Last_SQL_Errno']) || count(row['Last_IO_Errno']) || count(row['Last_Errno']),
    }
  })
}

/** SHOW REPLICA STATUS is MySQL 8.0.22 and later; MariaDB shows all its connections only with ALL. */
function statusStatement(facts: ServerFacts): string {
  if (facts.flavour === 'mariadb') return 'SHOW ALL REPLICAS STATUS'
  return facts.version >= 80_022 ? 'SHOW REPLICA STATUS' : 'SHOW SLAVE STATUS'
}

function running(row: Row, what: string): boolean {
  return textOrEmpty(row[`Replica_${what}`] ?? row[`Slave_${what}`]).toLowerCase() === 'yes'
}

function either(row: Row, stem: string): Row[string] {
  return row[`${stem}_Source`] ?? row[`${stem}_Master`]
}
