import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { disableMetadataLockInstrument } from './disable-metadata-lock-instrument.ts'

claims(disableMetadataLockInstrument, {
  params: {},
  answers: { instrument: { enabled: true, timed: true } },
  renders: {
    mysql: [
      "UPDATE performance_schema.setup_instruments SET ENABLED='NO', TIMED='NO' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
    mariadb: [
      "UPDATE performance_schema.setup_instruments SET ENABLED='NO', TIMED='NO' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
  },
  undoes: {
    mysql: [
      "UPDATE performance_schema.setup_instruments SET ENABLED='YES', TIMED='YES' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
    mariadb: [
      "UPDATE performance_schema.setup_instruments SET ENABLED='YES', TIMED='YES' WHERE NAME='wait/lock/metadata/sql/mdl'",
    ],
  },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the Performance Schema is off', { answers: { instrument: null } }],
    ['changes-something', 'it is off already', { answers: { instrument: { enabled: false, timed: false } } }],
  ],
  afterwards: [
    [true, 'it is off', { instrument: { enabled: false, timed: false } }],
    [false, 'it is not', { instrument: { enabled: true, timed: true } }],
    [false, 'it is gone', { instrument: null }],
    ['unknown', 'it cannot be read', { instrument: 'unknown' }],
  ],
})
