/** Beginnings to try, written for this page. */

const SLACK = "-".repeat(17);

export const EXAMPLES = [
  // a walking bass in A
  `G|${SLACK}|${SLACK}|
D|---------2---4---|-5---4---2-------|
A|-0---4-----------|-------------4---|
E|${SLACK}|${SLACK}|`,
  // eighths on the lowest string
  `G|${SLACK}|${SLACK}|
D|${SLACK}|${SLACK}|
A|${SLACK}|${SLACK}|
E|-0-0-0-0-0-0-0-0-|-3-3-3-3-5-5-5-5-|`,
  // a hammer-on and dead notes
  `G|${SLACK}|${SLACK}|
D|-------------5-7-|---------5---3---|
A|-5-----x-5h7-----|-5-----x---------|
E|${SLACK}|${SLACK}|`,
];
