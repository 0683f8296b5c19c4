import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SharedBoards, type StatusBoard } from './status-board.ts'

describe('status boards', () => {
  const board = (questions: number): StatusBoard => ({
    at: '2026-01-05T10:00:00.000000Z',
    values: { questions },
  })

  test('are read once by those who see the same, while they are young enough', async () => {
    const boards = new SharedBoards()
    let reads = 0
    const read = async () => {
      reads += 1
      return board(reads)
    }
    const [first, second] = await Promise.all([
      boards.read('a', 60_000, read),
      boards.read('a', 60_000, read),
    ])
    assert.equal(first, second)
    assert.deepEqual(
      (await boards.read('b', 60_000, read)).values,
      { questions: 2 },
      'another account or life',
    )
    assert.deepEqual((await boards.read('a', 0, read)).values, { questions: 3 }, 'too old')
  })

  test('that one target could not read are read by the others themselves, and the failure is not kept', async () => {
    const boards = new SharedBoards()
    const refused = async () => Promise.reject(new Error('the line of one'))
    const failed = assert.rejects(boards.read('a', 60_000, refused), /line of one/)
    const own = await boards.read('a', 60_000, async () => board(1))
    await failed
    assert.deepEqual(own.values, { questions: 1 })
    assert.deepEqual((await boards.read('a', 60_000, async () => board(2))).values, { questions: 2 })
  })
})
