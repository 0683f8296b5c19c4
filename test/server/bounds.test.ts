/** What the server takes and what it does not: names, sizes, rates, and what is not JSON. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type ApiWorld, makeApiWorld, panelOf } from './support/api-world.ts'

let api: ApiWorld
before(async () => {
  api = await makeApiWorld('sqlite', panelOf('{ requestsPerMinute: 40 }'))
})
after(() => api.stop())

test('a name that was made to lead here is refused, the loopback names are not', async () => {
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:8642',
  ]) {
    const answer = await api.app.inject({ url: '/healthz', headers: { host } })
    assert.equal(answer.statusCode, 421, host)
    assert.equal(answer.json().code, 'DBM_HOST_UNKNOWN')
  }
  for (const host of ['localhost', '127.0.0.1:8642', '[::1]:8642']) {
    assert.equal((await api.app.inject({ url: '/healthz', headers: { host } })).statusCode, 200, host)
  }
})

test('a body that is too large, no JSON, or of another type is refused by name', async () => {
  const send = (payload: string, type = 'application/json') =>
    api.app.inject({ method: 'POST', url: '/api/session', payload, headers: { 'content-type': type } })
  const large = await send(`{"userName":"${'a'.repeat(70_000)}"}`)
  assert.equal(large.statusCode, 413)
  assert.equal(large.json().code, 'DBM_REQUEST_TOO_LARGE')
  for (const answer of [
    await send('{'),
    await send(''),
    await send('{"userName":"anna","password":"x","more":1}'),
    await send('{"__proto__":{"x":1},"userName":"anna","password":"x"}'),
    await send('userName=anna&password=x', 'application/x-www-form-urlencoded'),
    await send('<a/>', 'text/xml'),
  ]) {
    assert.equal(answer.statusCode, 400, answer.body)
    assert.equal(answer.json().code, 'DBM_REQUEST_INVALID')
  }
})

test('what differs from the schema is named by its place, and the value is not repeated', async () => {
  const answer = await api.app.inject({
    method: 'POST',
    url: '/api/setup',
    payload: { secret: 'not-a-secret-7c1f', userName: 'x', password: 'p4ssw0rd-typed-here' },
  })
  assert.equal(answer.statusCode, 400)
  const paths = answer.json().errors.map((each: { path: string }) => each.path)
  assert.ok(paths.includes('body/secret') && paths.includes('body/userName'), paths.join())
  assert.doesNotMatch(answer.body, /7c1f|p4ssw0rd/)
})

test('a member that is not taken is named as fields are named, and no longer text is repeated', async () => {
  const sent = async (payload: object): Promise<string> =>
    (await api.app.inject({ method: 'POST', url: '/api/session', payload })).body
  const right = { userName: 'anna', password: 'x' }
  assert.match(await sent({ ...right, pasword: 'y' }), /Unrecognized key: \\"pasword\\"/)
  for (const typed of ['my pass phrase 7c1f', '7c1f-7c1f', '7c1f'.repeat(20), '<b>7c1f'])
    assert.doesNotMatch(await sent({ ...right, [typed]: 'y' }), /7c1f/, typed)
})

test('a fault is answered with its request’s number only; the cause is in the log', async () => {
  const broken = await makeApiWorld()
  const { headers } = await broken.signIn('viewer')
  await broken.asOwner('ALTER TABLE learning_records RENAME TO learning_records_gone')
  const answer = await broken.app.inject({ url: '/api/lessons', headers })
  assert.equal(answer.statusCode, 500)
  assert.equal(answer.json().code, 'DBM_SERVER_FAULT')
  assert.doesNotMatch(answer.body, /learning_records|SQLITE/)
  assert.equal(broken.log.filter((line) => line.level === 'error').length, 1)
  await broken.stop()
})

test('one address gets so many answers a minute and is then told to wait', async () => {
  const answers = []
  for (let at = 0; at < 60; at += 1)
    answers.push(await api.app.inject({ url: '/healthz', remoteAddress: '10.9.9.9' }))
  const last = answers.at(-1)
  assert.equal(last?.statusCode, 429)
  assert.equal(last?.json().code, 'DBM_TOO_MANY_REQUESTS')
  assert.equal(answers.filter((each) => each.statusCode === 200).length, 40)
  assert.equal((await api.app.inject({ url: '/healthz', remoteAddress: '10.9.9.10' })).statusCode, 200)
})
