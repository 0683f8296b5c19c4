import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setTemporaryTableSizes } from './set-temporary-table-sizes.ts'

const BOTH = { tmp_table_size: '33554432', max_heap_table_size: '33554432' }

claims(setTemporaryTableSizes, {
  params: { bytes: 33_554_432 },
  renders: {
    mysql: ['SET GLOBAL tmp_table_size=33554432', 'SET GLOBAL max_heap_table_size=33554432'],
    mariadb: ['SET GLOBAL tmp_table_size=33554432', 'SET GLOBAL max_heap_table_size=33554432'],
  },
  undoes: {
    mysql: ['SET GLOBAL max_heap_table_size=16777216', 'SET GLOBAL tmp_table_size=16777216'],
    mariadb: ['SET GLOBAL max_heap_table_size=16777216', 'SET GLOBAL tmp_table_size=16777216'],
  },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    ['changes-something', 'both are set already', { answers: { variables: variables(BOTH) } }],
    ['memory-headroom', 'nobody says how much memory there is', { policy: { memoryBytes: null } }],
    ['memory-headroom', 'the tables could outgrow memory', { policy: { memoryBytes: 500_000_000 } }],
    ['memory-headroom', 'nobody knows how many connections there were', { answers: { status: {} } }],
  ],
  afterwards: [
    [true, 'reading back gives both', { variables: variables(BOTH) }],
    [false, 'only one was set', { variables: variables({ tmp_table_size: '33554432' }) }],
    ['unknown', 'they cannot be read back', { variables: 'unknown' }],
  ],
})
