import { claims } from '../../../test/support/action-claims.ts'
import { startReplicaApplier } from './start-replica-applier.ts'

const STOPPED = {
  channel: '',
  lagSeconds: null,
  receiverRunning: true,
  applierRunning: false,
  lastErrorNumber: 1205,
}

claims(startReplicaApplier, {
  params: {},
  answers: { topology: { writable: false, isReplica: true, replicas: 0, lagSeconds: null } },
  renders: { mysql: ['START REPLICA SQL_THREAD'], mariadb: ['START REPLICA SQL_THREAD'] },
  undoes: { mysql: ['STOP REPLICA SQL_THREAD'], mariadb: ['STOP REPLICA SQL_THREAD'] },
  refuses: [
    [
      'X8',
      'the server is no replica',
      { answers: { topology: { writable: true, isReplica: false, replicas: 0, lagSeconds: null } } },
    ],
    [
      'X1',
      'it has two channels',
      { answers: { 'replication-channels': [STOPPED, { ...STOPPED, channel: 'b' }] } },
    ],
    [
      'X1',
      'the applier is running',
      { answers: { 'replication-channels': [{ ...STOPPED, applierRunning: true }] } },
    ],
    [
      'passing-error',
      'the servers differ (a duplicate key)',
      { answers: { 'replication-channels': [{ ...STOPPED, lastErrorNumber: 1062 }] } },
    ],
    [
      'passing-error',
      'a row is missing',
      { answers: { 'replication-channels': [{ ...STOPPED, lastErrorNumber: 1032 }] } },
    ],
  ],
  afterwards: [
    [true, 'the applier goes on running', { 'replication-channels': [{ ...STOPPED, applierRunning: true }] }],
    [false, 'the applier stopped again', { 'replication-channels': [STOPPED] }],
    ['unknown', 'it cannot be read', { 'replication-channels': 'unknown' }],
  ],
})
