/** Writes what is generated from the schema: migration 0001, the row types and the list of rules. `node src/store/schema/write.ts` */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { generatedFiles } from './generated-files.ts'

for (const { path, text } of generatedFiles()) {
  writeFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), text)
}
