// A memory with one write and one read port, made for block RAM. A word consists of slices that are written one by one.
//
// Read data follows the address by one cycle and stays until the next read. A read of a slice that is written in the same
// cycle gives anything; the simulation with STOIC_CHECKS gives the complement of the old contents. Each slice is an array
// of its own, so slices that are not written are read right by whatever block RAM holds them: COPY needs that, when its
// first word of destination is its last of source.
module stoic_memory #(
  parameter bit [31:0] Slices = 1,
  parameter bit [31:0] SliceWidth = 16,
  parameter bit [31:0] Depth = 512,
  localparam bit [31:0] Width = Slices * SliceWidth,
  localparam bit [31:0] AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                    clk_i,

  input  logic [Slices-1:0]       write_i,
  input  logic [AddressWidth-1:0] write_address_i,
  input  logic [Width-1:0]        write_data_i,

  input  logic                    read_i,
  input  logic [AddressWidth-1:0] read_address_i,
  output logic [Width-1:0]        read_data_o
);

  for (genvar s = 0; s < Slices; s++) begin : slices
    (* no_rw_check *) logic [SliceWidth-1:0] words[Depth];
    logic [SliceWidth-1:0] read_q;

    // Nothing else looks at the words, so they may be written by blocking assignments, which simulate much faster.
    always_ff @(posedge clk_i) begin
      if (read_i) read_q <= words[read_address_i];
`ifdef STOIC_CHECKS
      if (read_i && write_i[s] && write_address_i == read_address_i) read_q <= ~words[read_address_i];
`endif
      if (write_i[s]) words[write_address_i] = write_data_i[s*SliceWidth +: SliceWidth];
    end

    assign read_data_o[s*SliceWidth +: SliceWidth] = read_q;
  end

endmodule
