import { claims, ON_PRIMARY } from '../../../test/support/action-claims.ts'
import { variables } from '../../../test/support/fake-target.ts'
import { setBufferPoolSize } from './set-buffer-pool-size.ts'

claims(setBufferPoolSize, {
  params: { bytes: 268_435_456 },
  renders: {
    mysql: ['SET GLOBAL innodb_buffer_pool_size=268435456'],
    mariadb: ['SET GLOBAL innodb_buffer_pool_size=268435456'],
  },
  undoes: {
    mysql: ['SET GLOBAL innodb_buffer_pool_size=134217728'],
    mariadb: ['SET GLOBAL innodb_buffer_pool_size=134217728'],
  },
  refuses: [
    ...ON_PRIMARY,
    ['X1', 'the server has no such variable', { answers: { variables: () => ({}) } }],
    [
      'changes-something',
      'the value is set already',
      { answers: { variables: variables({ innodb_buffer_pool_size: '268435456' }) } },
    ],
    ['within-bounds', 'nobody says how much memory there is', { policy: { memoryBytes: null } }],
    ['within-bounds', 'it is more than 70 % of memory', { params: { bytes: 13_421_772_800 } }],
    [
      'within-bounds',
      'it is less than half of now',
      { answers: { variables: variables({ innodb_buffer_pool_size: '1073741824' }) } },
    ],
    ['whole-chunks', 'the server would round it', { params: { bytes: 268_435_457 } }],
    [
      'whole-chunks',
      'it is no multiple of chunk and instances',
      { flavour: 'mysql', answers: { variables: variables({ innodb_buffer_pool_instances: '8' }) } },
    ],
    [
      'whole-chunks',
      'MariaDB has a lower ceiling',
      { flavour: 'mariadb', answers: { variables: variables({ innodb_buffer_pool_size_max: '134217728' }) } },
    ],
    ['memory-headroom', 'the connections could outgrow memory', { policy: { memoryBytes: 480_000_000 } }],
  ],
  afterwards: [
    [
      true,
      'reading back gives the value',
      {
        variables: variables({ innodb_buffer_pool_size: '268435456' }),
        status: { innodb_buffer_pool_pages_total: 16_384, innodb_page_size: 16_384 },
      },
    ],
    [false, 'the server clamped it', { variables: variables({ innodb_buffer_pool_size: '7' }) }],
    ['unknown', 'it cannot be read back', { variables: 'unknown' }],
  ],
})
