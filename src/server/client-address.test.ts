import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientAddress } from './client-address.ts'

test('an IPv4 address counts as itself, also where it came as IPv6', () => {
  for (const [ip, counted] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['', ''],
    ['not an address', 'not an address'],
  ] as const)
    assert.equal(clientAddress(ip), counted)
})

test('addresses of one IPv6 network of 64 bits count as one, those of two as two', () => {
  assert.equal(clientAddress('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  assert.equal(clientAddress('2001:DB8::1'), '2001:db8:0:0::/64')
  assert.equal(clientAddress('::1'), '0:0:0:0::/64')
  assert.equal(clientAddress('fe80::1%eth0'), 'fe80:0:0:0::/64')
  const group = fc.integer({ min: 1, max: 0xffff }).map((value) => value.toString(16))
  const half = fc.tuple(group, group, group, group)
  fc.assert(
    fc.property(half, half, half, (network, one, other) => {
      const counted = clientAddress([...network, ...one].join(':'))
      assert.equal(counted, `${network.join(':')}::/64`)
      assert.equal(clientAddress([...network, ...other].join(':')), counted)
      assert.equal(clientAddress(`${network.join(':')}::${one[0]}`), counted)
    }),
    { numRuns: 200 },
  )
})
