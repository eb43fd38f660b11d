import type { Hint } from "@weir/drill";

/** By the claim that failed; `start`: nothing could be judged. A question, a direction, the mechanism; never the code. */
export const hints: Readonly<Record<string, Hint>> = {
  start: [
    "How far did the worker come: was the file loaded, did `prepare` end, did `start` answer, did `drain` bring `finished` to its end?",
    "`start` answers once the worker runs, and not once it is done: the work goes on behind the answer, until `drain` ends it.",
    "Begin with the smallest loop that is right: read a few records, write them, commit the position behind the last one, and look at a flag that `drain` sets. `finished` is the promise of that loop.",
  ],
  I1: [
    "Which moment can a record be in when its worker ends, so that no row exists and nobody reads it again?",
    "Two places lose: a position that was committed too early, and a buffer that is dropped at the end. Ask of each record that you hold: who knows of it if this process stops here?",
    "Commit only what is durable; and at the drain write what is gathered, however little it is, before you close. A batch needs an age as well as a size.",
  ],
  I2: [
    "What does the row at this origin say, and what does the record at that offset say?",
    "A row is told by its origin: topic, partition, offset. Look where those come from, and whether a batch's columns could have slipped against each other.",
    "Take origin and offset from the very record whose value you have parsed, in one pass; and write no row for a record that is set aside.",
  ],
  I3: [
    "A worker writes a batch and dies before it commits. What does the next worker do with the same records?",
    "They come again, and nobody but the table can know that they were there. What in the table tells two records apart for as long as the topic keeps them?",
    "Make the origin (topic, partition, offset) a unique key, and let an insert that meets its own row do nothing. A look-up before the insert does not do: two workers can look at the same time.",
  ],
  I4: [
    "Two orders of one account: what in your worker could let the later one be written first?",
    "Order is only given within a partition, and only kept by whoever writes the records one after another. Where do two batches, or two statements, run side by side?",
    "Write the batches of one partition one after another, or divide what runs side by side by key; and insert the rows of a batch in the order of their offsets. A batch that failed must be written again before the next one.",
  ],
  I5: [
    "Which kinds of record can your parser meet, and what does each of them leave in `dead_letters`?",
    "A record without a value, half a document, a version that you do not know, a value that is too large: each has its own reason, and is kept with exactly the bytes that came.",
    "Make reading a function that answers with an order or a reason and never throws. Look at the size before you parse; keep the raw value, `null` for none; set each one aside once, under its origin as key.",
  ],
  I6: [
    "At this moment, is there an offset below the committed one that is neither in `orders` nor in `dead_letters`?",
    "A committed position says: everything below is done. Which of your steps comes first, and what if a second batch is done before the first one?",
    "Write, wait until it is durable, then commit. With several batches under way, commit the lowest offset below which nothing is open (the watermark), and never the highest that is done.",
  ],
  I7: [
    "Can one and the same record be judged bad by one worker and good by another, or by one worker twice?",
    "Something beside the record's bytes decides about it: a time-out, a failed statement, a state of the worker. A database that is away is not the record's fault.",
    "Set aside only for reasons that lie in the record. For everything else try again; and before a record that comes again is decided, look at what was decided already.",
  ],
  I8: [
    "A worker stands still for a while, and goes on with the batch in its hand. Who owns that partition by then?",
    "It cannot know. Whoever takes the rows could: what would the database have to know to refuse this write?",
    "Keep a number for each partition beside the rows (a fence). Who gains the partition raises it and waits for open statements of the former owner; each insert takes that row under its own number, and writes nothing if it is outdated.",
  ],
  S1: [
    "Which record does each partition stand before, and what is special about it?",
    "Either something is tried for ever and holds up all behind it, or what is done is never committed: a last position too few is lag, too.",
    "A record that can never succeed is set aside, and the position passes it. At the drain, commit once more after the last write. A commit that was refused in a rebalance must come again with the next one.",
  ],
  S2: [
    "What keeps a member in its group while it works, and what can keep that from happening?",
    "Heartbeats are sent by the same event loop that runs your code. How long is the longest stretch in which you do not give it back?",
    "Keep each stretch far below the session timeout: smaller batches, a pause between pieces that lets timers run, or the heavy work in another thread.",
  ],
  Q1: [
    "How many connections does one worker open, and when?",
    "One pool per process, with an upper end, serves any number of statements: they wait for their turn.",
    "Open the pool once in `start`, limit it, close it after the last write; open none per batch or per record.",
  ],
  Q2: [
    "While nobody can write, what does your worker do with the records that go on coming?",
    "Whatever stands between reading and writing has a size. What happens in your code when it is full?",
    "Ask for records only when there is room for them: what you have been given and have not yet committed is your room. Kafka keeps the rest better than you do.",
  ],
  Q3: [
    "After a worker has died, from which offset do the others go on, and how far was the dead one?",
    "All between the last commit and the end of what was given comes again. How often do you commit, and how much do you hold?",
    "Commit every few hundred milliseconds or every few hundred records, and hold little: the two together are what a death costs.",
  ],
};
