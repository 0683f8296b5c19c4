/** Writes the facts below the mark of every detector's and diagnosis's page; what stands above it is kept. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { CATALOGUES, filesOf } from '../support/catalogue-items.ts'
import { FACTS_MARK, pageTitle } from '../support/catalogue-pages.ts'

for (const { folder, items, facts } of CATALOGUES) {
  for (const item of items) {
    const { page } = filesOf(folder, item.id)
    const text = existsSync(page) ? readFileSync(page, 'utf8') : `${pageTitle(item)}\n\n`
    const prose = text.split(FACTS_MARK)[0] ?? ''
    writeFileSync(page, `${prose.trimEnd()}\n\n${FACTS_MARK}\n\n${facts(item.id)}`)
  }
}
