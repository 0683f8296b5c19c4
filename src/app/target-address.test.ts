import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configSchema } from './config/schema.ts'
import { addressOf, configOf, targetsBeside } from './target-address.ts'

const account = (user: string) => ({ user, password: 'none' })
const target = (name: string, more: object) => ({
  name,
  engine: 'mysql',
  tls: 'disable',
  monitor: account(`${name}_mon`),
  ...more,
})
const CONFIG = configSchema.parse({
  targets: [
    target('a', { host: 'DB.example', planner: account('plan'), executor: account('exec') }),
    target('b', { host: 'db.example', planner: account('plan') }),
    target('c', { host: 'db.example', port: 3307 }),
    target('d', { host: 'db.example', socketPath: '/run/d.sock' }),
  ],
})
const stored = (targetName: string) => ({
  targetId: 1,
  targetName,
  engine: 'mysql',
  connection: {},
  enabled: true,
  instanceUid: null,
})
const own = (name: string) => configOf(CONFIG, stored(name))

test('targets on one server know the accounts of each other as ours, and no others', () => {
  const users = (name: string) => addressOf(stored(name), own(name), CONFIG).ownUsers
  assert.deepEqual(users('a'), ['a_mon', 'plan', 'exec', 'b_mon'])
  assert.deepEqual(users('b'), users('a'))
  assert.deepEqual(users('c'), ['c_mon'])
  assert.deepEqual(users('d'), ['d_mon'])
  assert.deepEqual(
    targetsBeside(own('b'), CONFIG).map((one) => one.name),
    ['a', 'b'],
  )
})
