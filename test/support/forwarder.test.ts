/** The doors of the test kit break a line the way they say, and no more than that. */
import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../src/core/random.ts'
import { type Forwarder, openForwarder } from './forwarder.ts'
import { until } from './until.ts'

describe('a door', () => {
  let echo: Server
  let port = 0
  const doors: Forwarder[] = []
  before(async () => {
    echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket))
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
    port = (echo.address() as { port: number }).port
  })
  after(() => {
    for (const door of doors) door.close()
    echo.close()
  })

  const door = async (): Promise<Forwarder> => {
    const made = await openForwarder(port)
    doors.push(made)
    return made
  }
  const visitor = async (to: Forwarder): Promise<Socket> => {
    const socket = connect(to.port, '127.0.0.1').on('error', () => undefined)
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    return socket
  }
  /** Sends the bytes and takes as many back. */
  const back = async (socket: Socket, bytes: Buffer): Promise<{ got: Buffer; ms: number }> => {
    const began = performance.now()
    let got = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk])
    })
    socket.write(bytes)
    await until(() => got.length >= bytes.length, 'all bytes are back', undefined, 2)
    socket.removeAllListeners('data')
    return { got, ms: performance.now() - began }
  }
  const BYTES = Buffer.from('0123456789'.repeat(100))

  test('hands bytes on unchanged while nothing is wrong, and again when it is mended', async () => {
    const to = await door()
    const socket = await visitor(to)
    assert.deepEqual((await back(socket, BYTES)).got, BYTES)
    to.fault({ delayMs: 100, bytesPerSecond: 200_000 })
    assert.deepEqual((await back(socket, BYTES)).got, BYTES)
    to.fault(null)
    await sleep(60)
    // The fault would delay each by 200 ms; a busy machine delays some.
    const times: number[] = []
    while (times.length < 50 && !times.some((each) => each < 100)) {
      const { got, ms } = await back(socket, BYTES)
      assert.deepEqual(got, BYTES)
      times.push(ms)
    }
    assert.ok(Math.min(...times) < 100, `${times.map(Math.round).join()} ms`)
  })

  test('delays each direction', async () => {
    const to = await door()
    const socket = await visitor(to)
    to.fault({ delayMs: 60 })
    const { got, ms } = await back(socket, BYTES)
    assert.deepEqual(got, BYTES)
    assert.ok(ms >= 118, `${ms} ms`)
  })

  test('lets no more through than its bytes a second', async () => {
    const to = await door()
    const socket = await visitor(to)
    to.fault({ bytesPerSecond: 2_000 })
    const { got, ms } = await back(socket, BYTES)
    assert.deepEqual(got, BYTES)
    assert.ok(ms >= 400, `${ms} ms for ${BYTES.length} bytes`)
  })

  test('flips bits, only towards the client where asked, and the same ones for the same seed', async () => {
    const spoiled = async (seed: number): Promise<Buffer> => {
      const to = await door()
      const socket = await visitor(to)
      to.fault({ flips: { everyBytes: 100, random: seededRandom(seed), towards: 'client' } })
      return (await back(socket, BYTES.subarray(0, 100))).got
    }
    const first = await spoiled(1)
    assert.equal(first.length, 100)
    assert.notDeepEqual(first, BYTES.subarray(0, 100))
    assert.deepEqual(await spoiled(1), first)
    assert.notDeepEqual(await spoiled(2), first)
  })

  test('swallows everything once frozen, and ends nothing', async () => {
    const to = await door()
    const socket = await visitor(to)
    to.freeze()
    socket.write(BYTES)
    let heard = 0
    socket.on('data', (chunk) => {
      heard += chunk.length
    })
    await sleep(100)
    assert.deepEqual([heard, socket.destroyed], [0, false])
  })
})
