(* SPDX-License-Identifier: BSD-2-Clause *)
(* Loaded into Frama-C, which asks for a young generation of 2 MiB itself, whatever OCAMLRUNPARAM says: it
   then collects 50 times a second, and looks at all of its plug-ins' values each time. *)
let () = Gc.set { (Gc.get ()) with Gc.minor_heap_size = 2 lsl 20 (* words *) }
