import { expect } from "vitest";
import {
  declarativeBase,
  integer,
  manyToOne,
  oneToMany,
  RelatedArray,
  RelatedSet,
  select,
  selectinload,
  string,
} from "../../src/entries/index.ts";
import { specWith } from "../support/spec.ts";

const Base = declarativeBase();

class Playlist extends RelatedArray<Song> {
  get minutes(): number {
    return this.reduce((sum, song) => sum + song.minutes, 0);
  }

  addTwice(song: Song, encore: Song): void {
    this.push(song);
    this[this.length] = encore;
  }
}

class Crowd extends RelatedSet<Fan> {
  named(name: string): Fan | undefined {
    for (const fan of this) if (fan.name === name) return fan;
    return undefined;
  }
}

class Album extends Base("albums", {
  id: integer().primaryKey(),
  get songs() {
    return oneToMany(Song, {
      collection: Playlist,
      backPopulates: "album",
      cascade: "all, delete-orphan",
      orderBy: () => Song.c.id,
    });
  },
  get fans() {
    return oneToMany(Fan, { collection: Crowd, backPopulates: "album" });
  },
  get fansByInitial() {
    return oneToMany(Fan, { collection: { keyedBy: (fan) => fan.name[0] }, viewonly: true });
  },
}) {}

class Song extends Base("songs", {
  id: integer().primaryKey(),
  minutes: integer(),
  get albumId() {
    return integer().references(Album.c.id);
  },
  get album() {
    return manyToOne(Album, { backPopulates: "songs" });
  },
}) {}

class Fan extends Base("fans", {
  id: integer().primaryKey(),
  name: string(),
  get albumId() {
    return integer().nullable().references(Album.c.id);
  },
  get album() {
    return manyToOne(Album, { backPopulates: "fans" });
  },
}) {}

const spec = specWith({ tables: Base.metadata });

spec("holds members in an array of one's own class", async ({ session, openSession }) => {
  const album = session.add(new Album({ songs: [new Song({ minutes: 3 })] }));
  const songs = await album.songs;
  expect(songs).toBeInstanceOf(Playlist);
  const [second, third] = [new Song({ minutes: 4 }), new Song({ minutes: 5 })];
  songs.addTwice(second, third);
  expect([second.album, third.album]).toEqual([album, album]);
  expect(songs.minutes).toBe(12);
  await session.commit();
  const other = openSession();
  const [again] = await other.scalars(select(Album).options(selectinload(Album.c.songs))).all();
  expect(again!.songs).toBeInstanceOf(Playlist);
  expect(again!.songs.minutes).toBe(12);
  again!.songs.remove(again!.songs[0]!);
  // What an array makes of itself is a plain array.
  expect(again!.songs.map(({ minutes }) => minutes)).not.toBeInstanceOf(Playlist);
  await other.commit();
  expect(await other.scalars(select(Song.c.minutes).orderBy(Song.c.id)).all()).toEqual([4, 5]);
});

spec("holds members in a Set of one's own class", async ({ session, openSession }) => {
  const ann = new Fan({ name: "ann" });
  const album = session.add(new Album({ fans: new Set([ann]) }));
  const fans = await album.fans;
  fans.add(new Fan({ name: "bob" }));
  expect(fans.named("ann")).toBe(ann);
  await session.commit();
  const again = (await openSession().get(Album, 1))!;
  expect((await again.fans).named("bob")?.name).toBe("bob");
});

spec("keys a Map by a function of its members", async ({ session }) => {
  session.add(new Album({ fans: new Set([new Fan({ name: "ann" }), new Fan({ name: "bob" })]) }));
  await session.commit();
  const album = (await session.get(Album, 1))!;
  const byInitial = await album.fansByInitial;
  expect([...byInitial.keys()].sort()).toEqual(["a", "b"]);
});

spec(
  "changes an unloaded collection without reading it, under its own method names",
  async ({ openSession, emitted, target }) => {
    const first = openSession();
    const [ann, bob] = [new Fan({ name: "ann" }), new Fan({ name: "bob" })];
    first.add(new Album({ fans: new Set([ann]) }));
    first.add(bob);
    await first.commit();
    const session = openSession();
    const album = (await session.get(Album, 1))!;
    const [old, fan] = [(await session.get(Fan, 1))!, (await session.get(Fan, 2))!];
    emitted();
    if (target.colour === "sync") return;
    const { fans } = album;
    if (!(fans instanceof Crowd)) {
      fans.add(fan);
      fans.remove(old);
    }
    expect(emitted()).toEqual([]);
    await session.commit();
    expect(await session.scalars(select(Fan.c.albumId).orderBy(Fan.c.id)).all()).toEqual([null, 1]);
  },
);
