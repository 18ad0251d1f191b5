// A memory with one write and one read port, made for block RAM.
//
// Read data follows the address by one cycle and stays until the next read. A read of the word that is written in the
// same cycle gives its old contents.
module stoic_memory #(
  parameter int unsigned Width = 16,
  parameter int unsigned Depth = 512,
  localparam int unsigned AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                    clk_i,

  input  logic                    write_i,
  input  logic [AddressWidth-1:0] write_address_i,
  input  logic [Width-1:0]        write_data_i,

  input  logic                    read_i,
  input  logic [AddressWidth-1:0] read_address_i,
  output logic [Width-1:0]        read_data_o
);

  logic [Width-1:0] words[Depth];

  always_ff @(posedge clk_i) begin
    if (write_i) words[write_address_i] <= write_data_i;
    if (read_i) read_data_o <= words[read_address_i];
  end

endmodule
