// The weight memory: one beat of `Lanes` weights a word, each lane written by itself, made for single-port RAM.
//
// One access a cycle; writing wins. Read data follows the address by one cycle and stays until the next read.
module stoic_weight_memory #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] WeightWidth = 8,
  parameter bit [31:0] Depth = 24576,
  localparam bit [31:0] AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                         clk_i,

  input  logic                         read_i,
  input  logic [Lanes-1:0]             write_i,
  input  logic [AddressWidth-1:0]      address_i,
  input  logic [WeightWidth-1:0]       write_data_i,
  output logic [Lanes*WeightWidth-1:0] read_data_o
);

  logic [Lanes*WeightWidth-1:0] words[Depth];

  // Blocking assignments: see stoic_memory
  always_ff @(posedge clk_i) begin
    if (read_i && write_i == '0) read_data_o <= words[address_i];
    for (int l = 0; l < Lanes; l++)
      if (write_i[l]) words[address_i][l*WeightWidth +: WeightWidth] = write_data_i;
  end

endmodule
