import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { entryLookup, loadEntries } from '../knowledge/index.ts'
import { ERROR_ENGINES } from './engines.ts'
import { ERROR_TYPES, type ErrorType } from './error-types.ts'
import { explainFailureWords } from './explain-failure.ts'

const lookup = entryLookup(loadEntries())
const LONG_OBJECT = 'schema_of_sixty_four_characters.'.repeat(18)

const of = (type: ErrorType, over: Partial<Parameters<typeof explainFailureWords>[0]> = {}) =>
  explainFailureWords({ engine: 'mariadb', code: '1', type, object: null, entry: null, ...over })

describe('the words of a failure', () => {
  test('are there for every code of every engine, with its entry and without, within their bounds', () => {
    let [codes, explained] = [0, 0]
    for (const engine of ERROR_ENGINES) {
      for (const { code, type } of engine.codes().rows) {
        const entry = lookup({ engine: engine.id, code, type })
        codes += 1
        if (entry !== null) explained += 1
        for (const words of [
          explainFailureWords({ engine: engine.id, code, type, object: LONG_OBJECT, entry }),
          explainFailureWords({ engine: engine.id, code: null, type, object: null, entry: null }),
        ]) {
          assert.ok(words.summary.trim() !== '' && words.summary.length <= 600, code)
          assert.ok(words.rootCause.trim() !== '' && words.rootCause.length <= 4000, code)
          assert.ok(words.retryDecision.trim() !== '' && words.retryDecision.length <= 600, code)
          assert.ok(words.userAction === null || words.userAction.trim() !== '', code)
          assert.ok((words.userAction ?? '').length <= 2000, code)
        }
      }
    }
    assert.ok(codes > 8000 && explained > 150, `${codes} codes, ${explained} with an entry`)
  })

  test('say whose turn it is by the type alone', () => {
    for (const [name, { strategy }] of Object.entries(ERROR_TYPES)) {
      const words = of(name as ErrorType)
      assert.equal(words.strategy, strategy, name)
      if (strategy === 'ESCALATE') assert.match(words.retryDecision, /a person has to look now/, name)
      if (strategy === 'SELF_HEALING') assert.match(words.retryDecision, /nothing runs without its approval/)
    }
  })

  test('never tell to repeat what the taxonomy says is never repeated', () => {
    for (const [name, { retry }] of Object.entries(ERROR_TYPES)) {
      const { retryDecision } = of(name as ErrorType)
      assert.equal(retryDecision.startsWith('Trying again as it is does not help'), retry === 'never', name)
    }
  })

  test('ask nothing of a person where the client answers and nothing is written down', () => {
    assert.equal(of('DEADLOCK').userAction, null)
    assert.notEqual(of('DISK_FULL').userAction, null)
  })

  test('name causes with how to tell them, and what helps with its action, where an entry is known', () => {
    const entry = lookup({ engine: 'mysql', code: '1213', type: 'DEADLOCK' })
    const words = of('DEADLOCK', { engine: 'mysql', code: '1213', object: 'shop.orders', entry })
    assert.match(words.summary, /\(mysql 1213, about shop\.orders\)$/)
    assert.match(words.rootCause, /^1\. .*To tell: SHOW ENGINE INNODB STATUS .*\n2\. /)
    assert.match(words.userAction ?? '', /^If it goes on: .*\[mysql\/create-index\]/s)
  })

  test('a text that is cut ends at a whole character', () => {
    const words = of('TABLE_NOT_FOUND', { object: '\u{1d11e}'.repeat(400) })
    assert.equal(words.summary.isWellFormed(), true)
    assert.ok(words.summary.endsWith('…'))
  })
})
