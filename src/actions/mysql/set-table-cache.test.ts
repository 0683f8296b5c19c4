import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setTableCache } from './set-table-cache.ts'

claims(setTableCache, {
  params: { tables: 1500 },
  renders: { mysql: ['SET GLOBAL table_open_cache=1500'], mariadb: ['SET GLOBAL table_open_cache=1500'] },
  undoes: { mysql: ['SET GLOBAL table_open_cache=2000'], mariadb: ['SET GLOBAL table_open_cache=2000'] },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ table_open_cache: '1500' }) } },
    ],
    [
      'file-headroom',
      'the server may not open so many files',
      { answers: { variables: variables({ open_files_limit: '3000' }) } },
    ],
  ],
  afterwards: [
    [true, 'reading back gives the value', { variables: variables({ table_open_cache: '1500' }) }],
    [false, 'the server clamped it', { variables: variables({ table_open_cache: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
