import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { purgeBinaryLogs } from './purge-binary-logs.ts'

const ONE_REPLICA = { writable: true, isReplica: false, replicas: 1, lagSeconds: null }

claims(purgeBinaryLogs, {
  params: { before: '2026-11-17T12:00:00Z', oldestLog: 7 },
  renders: {
    mysql: ["PURGE BINARY LOGS BEFORE '2026-11-17 12:00:00'"],
    mariadb: ["PURGE BINARY LOGS BEFORE '2026-11-17 12:00:00'"],
  },
  undoes: /cannot be brought back/,
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'binary logging is off', { answers: { 'binary-logs': [] } }],
    [
      'X1',
      'only the log in use is left',
      { answers: { 'binary-logs': [{ name: 'binlog.000007', bytes: 1 }] } },
    ],
    ['X1', 'the oldest log is another by now', { params: { oldestLog: 6 } }],
    [
      'replicas-past',
      'nobody says how many replicas there are',
      { policy: { replicas: undefined } as never },
    ],
    [
      'replicas-past',
      'a watched replica is away',
      { policy: { replicas: { count: 1, worstLagSeconds: 0 } } },
    ],
    [
      'replicas-past',
      'a replica has not come past the instant',
      { policy: { replicas: { count: 1, worstLagSeconds: 400_000 } }, answers: { topology: ONE_REPLICA } },
    ],
    [
      'replicas-past',
      'nobody knows how far a replica is behind',
      { policy: { replicas: { count: 1, worstLagSeconds: null } }, answers: { topology: ONE_REPLICA } },
    ],
    [
      'backup-covers',
      'recovery would need the logs',
      { policy: { backupAgeHours: 96, maxBackupAgeHours: 200 } },
    ],
    ['backup-covers', 'nobody says how old the newest backup is', { policy: { backupAgeHours: null } }],
    ['X11', 'the newest backup is too old', { policy: { backupAgeHours: 25 } }],
  ],
  afterwards: [
    [true, 'the oldest log is a newer one', { 'binary-logs': [{ name: 'binlog.000008', bytes: 1 }] }],
    [false, 'the oldest log is still there', { 'binary-logs': [{ name: 'binlog.000007', bytes: 1 }] }],
    ['unknown', 'there are no logs at all', { 'binary-logs': [] }],
    ['unknown', 'they cannot be read', { 'binary-logs': 'unknown' }],
  ],
})
