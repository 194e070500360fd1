// Builds the engine and puts it where the pages find it: public/engine.wasm.
import { execFileSync } from 'node:child_process'
import { copyFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const office = dirname(dirname(fileURLToPath(import.meta.url)))
const given = process.argv[2]
const told = given ?? execFileSync('cargo', ['xtask', 'wasm'], { cwd: join(office, '../..'), encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
const module = told.trim().split('\n').at(-1)
const to = join(office, 'public/engine.wasm')
copyFileSync(module, to)
console.log(`${to}: ${statSync(to).size} bytes`)
