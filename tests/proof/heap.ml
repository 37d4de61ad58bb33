(* SPDX-License-Identifier: BSD-2-Clause *)
(* Loaded into Frama-C, which sets a minor heap of 2 MiB itself, whatever OCAMLRUNPARAM says: for each of the many
   collections it then looks through all roots, which was an eighth of its time. *)
let () = Gc.set { (Gc.get ()) with Gc.minor_heap_size = 2 lsl 20 (* words *) }
