import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { enableMetadataLockInstrument } from './enable-metadata-lock-instrument.ts'

claims(enableMetadataLockInstrument, {
  params: {},
  answers: { instrument: { enabled: false, timed: false } },
  renders: {
    mysql: [
      "UPDATE performance_schema.setup_instruments SET ENABLED='YES', TIMED='YES' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
    mariadb: [
      "UPDATE performance_schema.setup_instruments SET ENABLED='YES', TIMED='YES' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
  },
  undoes: {
    mysql: [
      "UPDATE performance_schema.setup_instruments SET ENABLED='NO', TIMED='NO' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
    mariadb: [
      "UPDATE performance_schema.setup_instruments SET ENABLED='NO', TIMED='NO' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
  },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the Performance Schema is off', { answers: { instrument: null } }],
    ['changes-something', 'it is on already', { answers: { instrument: { enabled: true, timed: true } } }],
  ],
  afterwards: [
    [true, 'it is on', { instrument: { enabled: true, timed: true } }],
    [false, 'it is not', { instrument: { enabled: false, timed: false } }],
    [false, 'it is gone', { instrument: null }],
    ['unknown', 'it cannot be read', { instrument: 'unknown' }],
  ],
})
